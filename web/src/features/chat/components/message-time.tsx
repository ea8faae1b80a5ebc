/** When a message was written, and whether a person has changed it since. */
import { formatFull, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Message } from "@/lib/types";

export function MessageTime({ message }: { message: Message }) {
  return (
    <span className="message-time numeric">
      <time dateTime={message.created_at} title={formatFull(message.created_at)}>
        {formatWhen(message.created_at)}
      </time>
      {message.edited_at ? (
        <span title={text.chat.editedAt(formatFull(message.edited_at))}> · {text.chat.edited}</span>
      ) : undefined}
    </span>
  );
}
