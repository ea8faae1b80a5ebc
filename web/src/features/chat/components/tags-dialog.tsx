/** The tags of one conversation or of several. */
import { text } from "@/lib/i18n";
import type { Conversation } from "@/lib/types";
import { TagsDialog as Tags } from "@/ui/tags-dialog";
import { useArrange } from "../folders-api";

/** The longest that the server takes. */
const TAG_LENGTH = 40;

export interface TagsDialogProps {
  conversations: readonly Conversation[];
  /** Tags that are used anywhere. */
  known: readonly string[];
  onClose: () => void;
}

export function TagsDialog({ conversations, known, onClose }: TagsDialogProps) {
  const arrange = useArrange();
  const [only] = conversations;
  const title =
    conversations.length === 1 && only
      ? text.folders.tagsOf(only.title || text.chat.untitled)
      : text.folders.tagsOfMany(conversations.length);
  return (
    <Tags
      title={title}
      tagged={conversations.map((entry) => entry.filed?.tags ?? [])}
      known={known}
      maxLength={TAG_LENGTH}
      onClose={onClose}
      onSave={({ add, remove }) =>
        arrange.mutate({
          ids: conversations.map((entry) => entry.id),
          change: { kind: "tag", add, remove },
          done: text.folders.tagged(conversations.length),
        })
      }
    />
  );
}
