/** The next question of a comparison, to all its columns. */
import { ArrowUp, Square } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { CompareDetail } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Failure } from "@/ui/feedback";
import { useAsk } from "../api";
import { isWriting } from "../model";
import { usePictures } from "../use-pictures";
import { QuestionField } from "./question-field";

export function AskMore({ detail, onStop }: { detail: CompareDetail; onStop: () => void }) {
  const [question, setQuestion] = useState("");
  const pictures = usePictures();
  const ask = useAsk(detail.head.id);
  const writing = isWriting(detail);
  const can = !writing && !ask.isPending && (question.trim() !== "" || pictures.pictures.length > 0);
  const send = () => {
    if (!can) return;
    const images = pictures.pictures.map(({ media_type, data }) => ({ media_type, data }));
    ask.mutate(
      { text: question, images },
      {
        onSuccess: () => {
          setQuestion("");
          pictures.clear();
        },
      },
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
      <QuestionField
        value={question}
        pictures={pictures}
        placeholder={text.compare.askMore}
        onChange={setQuestion}
        onSend={send}
      >
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
