/** The links to a conversation: making one, and what can be done with those that are there. */
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { isEverywhere, sharesQuery, useCreateShare } from "@/lib/api/shares";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Conversation } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure, Notice, Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { createOf } from "../share-form";
import { ShareCard } from "./share-card";
import { ShareForm } from "./share-form";
import "../share.css";

export function ShareDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { data, error, refetch } = useQuery(sharesQuery(conversation.id));
  const [another, setAnother] = useState(false);
  const create = useCreateShare();
  const none = data?.shares.length === 0;
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.shares.title(conversation.title || text.chat.untitled)}
      description={text.shares.intro}
      closeLabel={text.common.close}
      className="share-dialog"
    >
      <div className="form">
        {error ? (
          <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
        ) : undefined}
        {data || error ? undefined : <Skeleton label={text.common.loading} />}
        {data ? <Reach exposed={data.exposed ?? undefined} /> : undefined}
        {data?.shares.map((share) => (
          <ShareCard key={share.id} share={share} exposed={data.exposed} />
        ))}
        {none || another ? (
          <ShareForm
            share={undefined}
            busy={create.isPending}
            error={create.error ?? undefined}
            submitLabel={text.shares.create}
            onCancel={none ? onClose : () => setAnother(false)}
            onSubmit={(choice) =>
              create.mutate(createOf(conversation.id, choice, new Date()), {
                onSuccess: () => {
                  setAnother(false);
                  showToast({ text: text.shares.made });
                },
              })
            }
          />
        ) : undefined}
        {data && !none && !another ? (
          <div className="dialog-actions">
            <Button icon={Plus} onClick={() => setAnother(true)}>
              {text.shares.another}
            </Button>
          </div>
        ) : undefined}
      </div>
    </Dialog>
  );
}

/** How far links lead. */
function Reach({ exposed }: { exposed: string | undefined }) {
  if (exposed === undefined) return <Notice title={text.shares.homeOnly} hint={text.shares.homeOnlyHint} />;
  return (
    <Notice
      tone="warn"
      title={text.shares.outside(exposed)}
      hint={[text.shares.outsideHint, isEverywhere(exposed) ? text.shares.everywhere(location.hostname) : ""]
        .filter(Boolean)
        .join(" ")}
    />
  );
}
