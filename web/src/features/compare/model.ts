/** What the page knows of a comparison, and how steps of the server change it: pure. */
import type {
  CompareAnswer,
  CompareColumn,
  CompareDetail,
  CompareMerge,
  CompareStep,
  CompareTurn,
  CompareVote,
  NewCompareColumn,
} from "@/lib/types";

/** The answer of a column, or of a merge, to a question that counts: the last one. */
export function answerOf(detail: CompareDetail, turnId: string, columnId: string): CompareAnswer | undefined {
  return detail.answers.findLast((answer) => answer.turn_id === turnId && answer.column_id === columnId);
}

/** The question that is looked at. */
export function turnOf(detail: CompareDetail, turnId: string | undefined): CompareTurn | undefined {
  return detail.turns.find((turn) => turn.id === turnId) ?? detail.turns.at(-1);
}

/** The columns that have said something to a question, with what they said. */
export function saidTo(detail: CompareDetail, turnId: string): [CompareColumn, CompareAnswer][] {
  return detail.head.columns.flatMap((column) => {
    const answer = answerOf(detail, turnId, column.id);
    return answer && answer.text.trim() !== "" ? [[column, answer] as [CompareColumn, CompareAnswer]] : [];
  });
}

/**
 * The answer that is read out: of all columns one, since voices over one another are none. That of the first of the chosen
 * columns that there is, else of the first column.
 */
export function heardOf(detail: CompareDetail, turnId: string, chosen: readonly (string | undefined)[]) {
  const { columns } = detail.head;
  const column = chosen.map((id) => columns.find((one) => one.id === id)).find((one) => one) ?? columns[0];
  const answer = column && answerOf(detail, turnId, column.id);
  return answer && { id: answer.id, text: answer.text, status: answer.status, name: column.name };
}

export function isWriting(detail: CompareDetail): boolean {
  return detail.answers.some((answer) => answer.status === "streaming");
}

/** A comparison after a step; what it does not change stays the same object. */
export function reduce(detail: CompareDetail, step: CompareStep): CompareDetail {
  if (step.type === "changed") return detail;
  if (step.type === "answer") {
    const { answer } = step;
    const known = detail.answers.some(({ id }) => id === answer.id);
    const answers = known
      ? detail.answers.map((one) => (one.id === answer.id ? answer : one))
      : [...detail.answers, answer];
    return { ...detail, answers };
  }
  const grown = (answer: CompareAnswer): CompareAnswer =>
    step.type === "text"
      ? { ...answer, text: answer.text + step.delta }
      : { ...answer, reasoning: answer.reasoning + step.delta };
  return {
    ...detail,
    answers: detail.answers.map((answer) =>
      answer.id === step.answer_id && answer.status === "streaming" ? grown(answer) : answer,
    ),
  };
}

/** What was fetched, but never behind what the stream has told meanwhile. */
export function keepAhead(known: CompareDetail | undefined, fetched: CompareDetail): CompareDetail {
  if (!known) return fetched;
  const answers = fetched.answers.map((answer) => {
    const before = known.answers.find(({ id }) => id === answer.id);
    if (!before || answer.status !== "streaming") return answer;
    const ahead = before.status !== "streaming" || before.text.length > answer.text.length;
    return ahead ? before : answer;
  });
  const fresh = known.answers.filter(
    (answer) => answer.status === "streaming" && !answers.some(({ id }) => id === answer.id),
  );
  return { ...fetched, answers: [...answers, ...fresh] };
}

/** Tokens a second from the first of them on. */
export function speed(answer: CompareAnswer): number | undefined {
  const receipt = answer.receipt;
  if (!receipt || receipt.output_tokens === 0) return undefined;
  const writing = receipt.total_ms - (receipt.first_token_ms ?? 0);
  return writing > 0 ? (receipt.output_tokens * 1_000) / writing : undefined;
}

/** What the answers of a merge are called in it. */
export function letter(place: number): string {
  return String.fromCodePoint(65 + place);
}

/** The columns of a merge's answers, in its order. */
export function mergedColumns(detail: CompareDetail, merge: CompareMerge): (CompareColumn | undefined)[] {
  return merge.answer_ids.map((answerId) => {
    const answer = detail.answers.find(({ id }) => id === answerId);
    return detail.head.columns.find(({ id }) => id === answer?.column_id);
  });
}

/** The vote between two answers, seen from the left one. */
export function voteBetween(votes: readonly CompareVote[], left: string, right: string): CompareVote | undefined {
  const straight = votes.find((vote) => vote.left_id === left && vote.right_id === right);
  if (straight) return straight;
  const turned = votes.find((vote) => vote.left_id === right && vote.right_id === left);
  if (!turned) return undefined;
  const better = { left: "right", right: "left" }[turned.better] ?? turned.better;
  return { ...turned, left_id: left, right_id: right, better };
}

/** The ids in the order after one was put in the place of another. */
export function moved(ids: readonly string[], id: string, to: number): string[] {
  const rest = ids.filter((one) => one !== id);
  const place = Math.min(Math.max(0, to), rest.length);
  return [...rest.slice(0, place), id, ...rest.slice(place)];
}

/** A column's settings as a new column, to ask the same again elsewhere. */
export function asNew(column: CompareColumn, name: string): NewCompareColumn {
  return {
    name: name === column.model ? "" : name,
    model: column.model,
    persona_id: column.persona_id ?? null,
    instructions: column.instructions,
    temperature: column.temperature ?? null,
    top_p: column.top_p ?? null,
    max_output_tokens: column.max_output_tokens ?? null,
    seed: column.seed ?? null,
  };
}
