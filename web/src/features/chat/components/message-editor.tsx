/** Changes a message in its place: only the words, or with everything that followed from them. */
import { useState, type KeyboardEvent } from "react";
import { text } from "@/lib/i18n";
import type { Message } from "@/lib/types";
import { Button } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { useThreadActions } from "../thread-actions";

export function MessageEditor({ message, busy, onDone }: { message: Message; busy: boolean; onDone: () => void }) {
  const actions = useThreadActions();
  const [words, setWords] = useState(message.text);
  const [saving, setSaving] = useState(false);
  const asked = message.role === "user";
  const empty = words.trim() === "";
  const run = async (change: (message: Message, words: string) => Promise<boolean>) => {
    if (empty || saving) return;
    setSaving(true);
    if (await change(message, asked ? words.trim() : words)) onDone();
    setSaving(false);
  };
  const rerun = async () => {
    // Only words are saved while an answer is written.
    if (!busy) await run(asked ? actions.resend : actions.saveAndRerun);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const modifier = event.ctrlKey || event.metaKey;
    if (event.key === "Escape") onDone();
    else if (event.key === "s" && modifier) void run(actions.save);
    else if (event.key === "Enter" && !event.nativeEvent.isComposing && (modifier || (asked && !event.shiftKey)))
      void rerun();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={classNames("turn", "turn-editing", asked && "turn-user")}>
      <textarea
        className="input textarea"
        aria-label={asked ? text.chat.editMessage : text.chat.editAnswer}
        autoFocus
        value={words}
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <p className="field-hint">{asked ? text.chat.editHint : text.chat.editAnswerHint}</p>
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onDone}>
          {text.common.cancel}
        </Button>
        <Button disabled={empty || saving} onClick={() => void run(actions.save)}>
          {text.common.save}
        </Button>
        <Button tone="primary" busy={saving} disabled={empty || busy} onClick={() => void rerun()}>
          {asked ? text.chat.resend : text.chat.saveAndRerun}
        </Button>
      </div>
    </div>
  );
}
