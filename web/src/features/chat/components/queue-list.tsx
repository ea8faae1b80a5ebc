/** What waits to be said after the answer that is being written. */
import { CornerDownRight, Pencil, Send, X } from "lucide-react";
import { text } from "@/lib/i18n";
import { IconButton } from "@/ui/button";
import type { Queued } from "../use-queue";

export function QueueList({
  waiting,
  onEdit,
  onRemove,
  onSend,
}: {
  waiting: readonly Queued[];
  onEdit: (entry: Queued) => void;
  onRemove: (entry: Queued) => void;
  /** Says it now; missing where that is not possible. */
  onSend: ((entry: Queued) => void) | undefined;
}) {
  if (waiting.length === 0) return undefined;
  return (
    <ul className="queue" aria-label={text.chat.queue}>
      {waiting.map((entry) => (
        <li key={entry.id} className="queue-entry">
          <CornerDownRight size={15} aria-hidden />
          <span className="queue-text as-named" dir="auto">
            {entry.text}
          </span>
          {onSend ? (
            <IconButton icon={Send} label={text.chat.sendNow} size="small" onClick={() => onSend(entry)} />
          ) : undefined}
          <IconButton icon={Pencil} label={text.chat.editQueued} size="small" onClick={() => onEdit(entry)} />
          <IconButton icon={X} label={text.chat.removeQueued} size="small" onClick={() => onRemove(entry)} />
        </li>
      ))}
    </ul>
  );
}
