/** The next question of a comparison, to all its columns. */
import { ArrowUp, Square } from "lucide-react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { CompareDetail } from "@/lib/types";
import { useDraft, useHasWords } from "@/lib/use-draft";
import { Button, IconButton } from "@/ui/button";
import { Failure } from "@/ui/feedback";
import { useAsk } from "../api";
import { isWriting } from "../model";
import { QuestionField } from "./question-field";

export function AskMore({ detail, onStop }: { detail: CompareDetail; onStop: () => void }) {
  const draft = useDraft(`compare.${detail.head.id}`);
  const ask = useAsk(detail.head.id);
  const writing = isWriting(detail);
  const written = useHasWords(draft);
  const can = !writing && !ask.isPending && (written || draft.images.length > 0);
  const send = () => {
    if (!can) return;
    const { images } = draft;
    const words = draft.words.get().trim();
    const pictures = images.map(({ media_type, data }) => ({ media_type, data }));
    // Only what was asked is taken out, also where somebody looks at something else meanwhile.
    ask.mutateAsync({ text: words, images: pictures }).then(
      () => draft.clear(words, images),
      () => undefined,
    );
  };
  return (
    <form
      aria-label={text.compare.askMore}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {ask.error ? <Failure failure={describeError(ask.error)} /> : undefined}
      <QuestionField draft={draft} placeholder={text.compare.askMore} onSend={send}>
        {writing ? (
          <Button icon={Square} onClick={onStop}>
            {text.compare.stopAll}
          </Button>
        ) : (
          <IconButton
            icon={ArrowUp}
            tone="primary"
            type="submit"
            label={text.compare.askAll}
            disabled={!can}
            className="send-button"
          />
        )}
      </QuestionField>
    </form>
  );
}
