/** What was found when an answer was held against its sources: how much of it they bear out, and what not, with the reason. */
import { doubtReason } from "@/lib/doubts";
import { text } from "@/lib/i18n";
import type { Message } from "@/lib/types";

export function AnswerDoubts({ checked }: { checked: NonNullable<Message["checked"]> }) {
  const { claims, doubts } = checked;
  if (doubts.length === 0) {
    return claims ? (
      <p className="doubts-none">
        <span className="doubt-sign doubt-sign-none" aria-hidden="true" />
        {text.chat.doubts.none(claims)}
      </p>
    ) : undefined;
  }
  return (
    <details className="sources doubts">
      <summary>{text.chat.doubts.summary(doubts.length, claims ?? undefined)}</summary>
      <ul className="doubt-list">
        {doubts.map((doubt, place) => (
          // Two sentences may be the same; they never change places.
          <li key={place}>
            <span className={`doubt-sign doubt-sign-${doubt.grade}`} aria-hidden="true" />
            <span>
              <strong>{doubt.grade === "weak" ? text.chat.doubts.weak : text.chat.doubts.unsupported}</strong>{" "}
              {doubtReason(doubt)}
              <q className="doubt-sentence" dir="auto">
                {doubt.sentence}
              </q>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
