/** Gives a conversation another title. */
import { text } from "@/lib/i18n";
import type { Conversation } from "@/lib/types";
import { RenameDialog as Rename } from "@/ui/rename-dialog";
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
    <Rename
      open={open}
      heading={text.sidebar.renameTitle}
      title={conversation.title}
      busy={update.isPending}
      onRename={(title) => update.mutate({ id: conversation.id, change: { title } }, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
