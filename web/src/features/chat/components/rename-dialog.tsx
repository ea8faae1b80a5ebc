/** Gives a conversation another title. */
import { text } from "@/lib/i18n";
import type { Conversation } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { useUpdateConversation } from "../api";

export function RenameDialog({
  open,
  conversation,
  onClose,
}: {
  open: boolean;
  conversation: Conversation;
  onClose: () => void;
}) {
  const update = useUpdateConversation();
  return (
    <Dialog open={open} onClose={onClose} title={text.sidebar.renameTitle} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          const title = String(new FormData(event.currentTarget).get("title") ?? "").trim();
          if (title === "") return;
          update.mutate({ id: conversation.id, change: { title } }, { onSuccess: onClose });
        }}
      >
        <TextField
          label={text.sidebar.newTitle}
          name="title"
          defaultValue={conversation.title}
          required
          maxLength={200}
          autoFocus
        />
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={update.isPending}>
            {text.common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
