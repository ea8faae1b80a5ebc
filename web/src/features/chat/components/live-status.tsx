/** Says to those who cannot see the page how an answer goes: that it began, and how it ended. */
import { text } from "@/lib/i18n";
import type { Message } from "@/lib/types";

export function LiveStatus({ last }: { last: Message | undefined }) {
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {last?.role === "assistant" ? text.chat.liveStatus(last.status) : ""}
    </p>
  );
}
