/** The links that one gave out, all of them: copied, opened and revoked. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Copy, Unlink } from "lucide-react";
import { useState } from "react";
import { shareAddress, sharesQuery, useRevokeShare } from "@/lib/api/shares";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Share } from "@/lib/types";
import { Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { copyWithToast } from "@/ui/copy";
import { Failure, Skeleton } from "@/ui/feedback";
import { ShareFacts } from "@/ui/share-facts";
import { showToast } from "@/ui/toast";

export function SharesSection() {
  const { data, error, refetch } = useQuery(sharesQuery());
  const [revoking, setRevoking] = useState<Share>();
  const revoke = useRevokeShare();
  return (
    <section className="form" aria-label={text.shares.mine}>
      <h3>{text.shares.mine}</h3>
      <p className="field-hint">{text.shares.mineHint}</p>
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {data || error ? undefined : <Skeleton label={text.common.loading} />}
      {data?.shares.length === 0 ? <p>{text.shares.none}</p> : undefined}
      {data && data.shares.length > 0 ? (
        <ul className="share-list">
          {data.shares.map((share) => (
            <li key={share.id} className="share-entry">
              <div>
                <Link
                  to="/c/$conversationId"
                  params={{ conversationId: share.conversation_id }}
                  className="as-named"
                  dir="auto"
                >
                  {share.title || text.chat.untitled}
                </Link>
                <ShareFacts share={share} />
              </div>
              <div className="share-buttons">
                <Button icon={Copy} onClick={() => void copyWithToast(shareAddress(share, data.exposed))}>
                  {text.shares.copy}
                </Button>
                <Button icon={Unlink} tone="danger" onClick={() => setRevoking(share)}>
                  {text.shares.revoke}
                </Button>
              </div>
            </li>
          ))}
        </ul>
      ) : undefined}
      <ConfirmDialog
        open={revoking !== undefined}
        title={text.shares.revokeTitle}
        description={text.shares.revokeHint}
        confirmLabel={text.shares.revoke}
        cancelLabel={text.common.cancel}
        closeLabel={text.common.close}
        busy={revoke.isPending}
        onClose={() => setRevoking(undefined)}
        onConfirm={() =>
          revoking
            ? revoke.mutate(revoking.id, {
                onSuccess: () => {
                  setRevoking(undefined);
                  showToast({ text: text.shares.revoked });
                },
              })
            : undefined
        }
      />
    </section>
  );
}
