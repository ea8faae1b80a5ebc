/** What an answer rests on: its sources, what a persona's lorebook told, and what else went into the prompt. */
import { text } from "@/lib/i18n";
import type { Message } from "@/lib/types";
import { useThreadActions } from "../thread-actions";
import { AnswerDoubts } from "./answer-doubts";
import { MessageSources } from "./message-sources";
import { Remembered } from "./remembered";

export function AnswerEvidence({ message }: { message: Message }) {
  const { openCitation } = useThreadActions();
  const citations = message.citations ?? [];
  return (
    <>
      {message.checked && message.status !== "streaming" ? <AnswerDoubts checked={message.checked} /> : undefined}
      {citations.length > 0 && message.status !== "streaming" ? (
        <MessageSources citations={citations} onOpen={openCitation} />
      ) : undefined}
      {message.lore && message.lore.length > 0 ? (
        <details className="sources">
          <summary>{text.personas.loreUsed(message.lore.length)}</summary>
          <ul className="lore-used">
            {message.lore.map((entry) => (
              <li key={`${entry.label} ${entry.why}`}>
                <bdi>
                  <strong>{entry.label}</strong>
                </bdi>
                : <bdi>{entry.why}</bdi>
              </li>
            ))}
          </ul>
        </details>
      ) : undefined}
      {(message.remembered ?? 0) > 0 && message.status !== "streaming" ? <Remembered message={message} /> : undefined}
      {(message.prompt_notes ?? []).map((note) => (
        <p key={note} className="prompt-note">
          {note}
        </p>
      ))}
      {message.original_text && message.original_text !== message.text ? (
        <details className="sources">
          <summary>{text.chat.before}</summary>
          <div className="reasoning-text">{message.original_text}</div>
        </details>
      ) : undefined}
    </>
  );
}
