/** All questions with what each column answered. */
import { text } from "@/lib/i18n";
import type { CompareAnswer, CompareDetail, CompareTurn } from "@/lib/types";
import { Notice } from "@/ui/feedback";
import { ImageStrip } from "@/ui/image-strip";
import { Markdown } from "@/ui/markdown/markdown";
import { answerOf } from "../model";
import { Board, type BoardProps } from "./board";

export function AnswersView({ detail, ...board }: Omit<BoardProps, "rows">) {
  const rows = detail.turns.map((turn) => ({
    id: turn.id,
    above: <Question turn={turn} />,
    cell: (column: CompareDetail["head"]["columns"][number]) => (
      <Answer answer={answerOf(detail, turn.id, column.id)} name={column.name} />
    ),
  }));
  return <Board detail={detail} rows={rows} {...board} />;
}

export function Question({ turn }: { turn: CompareTurn }) {
  return (
    <div className="compare-question">
      {turn.question.images.length > 0 ? (
        <ImageStrip images={turn.question.images.map((image) => ({ ...image, alt: "" }))} />
      ) : undefined}
      <p dir="auto">{turn.question.text}</p>
    </div>
  );
}

export function Answer({ answer, name }: { answer: CompareAnswer | undefined; name: string }) {
  if (!answer) return <p className="field-hint">{text.compare.noText}</p>;
  const writing = answer.status === "streaming";
  return (
    <article className="compare-answer" aria-label={name} aria-busy={writing}>
      {answer.reasoning ? (
        <details className="compare-thinking">
          <summary>{text.compare.thinking}</summary>
          <p dir="auto">{answer.reasoning}</p>
        </details>
      ) : undefined}
      {answer.text ? <Markdown source={answer.text} streaming={writing} /> : undefined}
      {!answer.text && !writing && !answer.failure ? <p className="field-hint">{text.compare.noText}</p> : undefined}
      {answer.failure ? (
        <Notice tone="danger" title={answer.failure.message} hint={answer.failure.hint ?? undefined} />
      ) : undefined}
    </article>
  );
}
