/** A link that is there: its address, what is to be known of it, and what can be done with it. */
import { Copy, ExternalLink, LockOpen, RefreshCw, Settings2, Unlink } from "lucide-react";
import { useState } from "react";
import { shareAddress, useRevokeShare, useUpdateShare } from "@/lib/api/shares";
import { text } from "@/lib/i18n";
import type { Share } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { copyWithToast } from "@/ui/copy";
import { TextField } from "@/ui/field";
import { ShareFacts } from "@/ui/share-facts";
import { showToast } from "@/ui/toast";
import { changeOf } from "../share-form";
import { ShareForm } from "./share-form";

export function ShareCard({ share, exposed }: { share: Share; exposed: string | null | undefined }) {
  const [changing, setChanging] = useState(false);
  const [revoking, setRevoking] = useState(false);
  const update = useUpdateShare();
  const revoke = useRevokeShare();
  const address = shareAddress(share, exposed);
  const change = (what: Parameters<typeof update.mutate>[0]["change"], told: string) =>
    update.mutate(
      { id: share.id, change: what },
      {
        onSuccess: () => {
          setChanging(false);
          showToast({ text: told });
        },
      },
    );
  return (
    <div className="share-card" role="group" aria-label={address}>
      <div className="share-address">
        <TextField
          label={text.shares.address}
          value={address}
          readOnly
          dir="ltr"
          onFocus={(event) => event.target.select()}
        />
        <IconButton icon={Copy} label={text.shares.copy} onClick={() => void copyWithToast(address)} />
        <a
          className="button icon-button button-quiet"
          href={address}
          target="_blank"
          rel="noreferrer"
          aria-label={text.shares.open}
          title={text.shares.open}
        >
          <ExternalLink size={17} aria-hidden />
        </a>
      </div>
      <ShareFacts share={share} />
      {changing ? (
        <ShareForm
          share={share}
          busy={update.isPending}
          error={undefined}
          submitLabel={text.common.save}
          onCancel={() => setChanging(false)}
          onSubmit={(choice) => change(changeOf(share, choice, new Date()), text.shares.changed)}
        />
      ) : (
        <div className="share-actions">
          <Button
            icon={RefreshCw}
            busy={update.isPending}
            onClick={() => change({ refresh: true }, text.shares.updated)}
          >
            {text.shares.update}
          </Button>
          <Button icon={Settings2} onClick={() => setChanging(true)}>
            {text.shares.change}
          </Button>
          {share.has_password ? (
            <Button
              icon={LockOpen}
              disabled={update.isPending}
              onClick={() => change({ password: "" }, text.shares.changed)}
            >
              {text.shares.removePassword}
            </Button>
          ) : undefined}
          <Button icon={Unlink} tone="danger" onClick={() => setRevoking(true)}>
            {text.shares.revoke}
          </Button>
        </div>
      )}
      <ConfirmDialog
        open={revoking}
        title={text.shares.revokeTitle}
        description={text.shares.revokeHint}
        confirmLabel={text.shares.revoke}
        cancelLabel={text.common.cancel}
        closeLabel={text.common.close}
        busy={revoke.isPending}
        onClose={() => setRevoking(false)}
        onConfirm={() =>
          revoke.mutate(share.id, {
            onSuccess: () => {
              setRevoking(false);
              showToast({ text: text.shares.revoked });
            },
          })
        }
      />
    </div>
  );
}
