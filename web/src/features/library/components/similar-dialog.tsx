/** More passages like one. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { SearchX } from "lucide-react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { toPassage } from "@/lib/passage";
import type { SearchHit } from "@/lib/types";
import { Dialog } from "@/ui/dialog";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { similarQuery } from "../api";
import { HitBody } from "./hit-body";

export function SimilarDialog({ like, onClose }: { like: SearchHit; onClose: () => void }) {
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(similarQuery(like.chunk_id));
  const place = [like.title, like.heading, like.page ? text.library.page(like.page) : undefined];
  return (
    <Dialog
      open
      side="end"
      onClose={onClose}
      title={text.library.similar}
      description={place.filter(Boolean).join(" · ")}
      closeLabel={text.common.close}
    >
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
      {data?.hits.length === 0 ? <Empty icon={SearchX} title={text.library.similarNone} /> : undefined}
      <ol className="hits">
        {data?.hits.map((hit) => (
          <li key={hit.chunk_id}>
            <button
              type="button"
              className="hit"
              onClick={() => {
                onClose();
                void navigate(toPassage(hit.chunk_id));
              }}
            >
              <HitBody hit={hit} scored={false} />
            </button>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
