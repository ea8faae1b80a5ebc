import { describe, expect, it } from "vitest";
import type { CompareAnswer, CompareDetail } from "@/lib/types";
import {
  answerOf,
  heardOf,
  isWriting,
  keepAhead,
  letter,
  moved,
  reduce,
  saidTo,
  speed,
  turnOf,
  voteBetween,
} from "./model";

const answer = (id: string, change: Partial<CompareAnswer> = {}): CompareAnswer => ({
  id,
  turn_id: "t",
  column_id: "a",
  status: "streaming",
  text: "",
  reasoning: "",
  ...change,
});

const column = (id: string) => ({ id, name: id, model: id, instructions: "" });

const detail = (answers: CompareAnswer[]): CompareDetail => ({
  head: {
    id: "c",
    title: "",
    mode: "open",
    columns: [column("a"), column("b")],
    updated_at: "",
    streaming: false,
  },
  turns: [{ id: "t", question: { text: "?", images: [] }, created_at: "" }],
  answers,
  votes: [],
  merges: [],
});

describe("a comparison", () => {
  it("grows by what the stream tells, and only where it is being written", () => {
    let now = detail([answer("1"), answer("2", { column_id: "b", status: "complete", text: "done" })]);
    now = reduce(now, { type: "text", answer_id: "1", delta: "Hel" });
    now = reduce(now, { type: "reasoning", answer_id: "1", delta: "hm" });
    now = reduce(now, { type: "text", answer_id: "2", delta: "late" });
    expect(now.answers.map(({ text }) => text)).toEqual(["Hel", "done"]);
    expect([isWriting(now), now.answers[0]?.reasoning]).toEqual([true, "hm"]);
    now = reduce(now, { type: "answer", answer: answer("1", { status: "complete", text: "Hello" }) });
    now = reduce(now, { type: "answer", answer: answer("3") });
    expect([now.answers[0]?.text, now.answers.length]).toEqual(["Hello", 3]);
    expect(reduce(now, { type: "changed" })).toBe(now);
  });

  it("never falls behind the stream when it is fetched", () => {
    const known = detail([
      answer("1", { text: "Hello" }),
      answer("2", { status: "complete", text: "all" }),
      answer("4"),
    ]);
    const fetched = detail([answer("1", { text: "Hel" }), answer("2", { text: "a" }), answer("3", { text: "new" })]);
    expect(keepAhead(known, fetched).answers.map(({ text }) => text)).toEqual(["Hello", "all", "new", ""]);
    const ended = detail([answer("1", { status: "complete", text: "Hey" })]);
    expect(keepAhead(known, ended).answers[0]?.text).toBe("Hey");
    expect(keepAhead(undefined, fetched)).toBe(fetched);
  });

  it("is read out one column at a time: that which was chosen, else the first", () => {
    const now = detail([answer("1"), answer("2", { column_id: "b", text: "Hi." })]);
    expect(heardOf(now, "t", [undefined, undefined])?.name).toBe("a");
    expect(heardOf(now, "t", ["gone", "b"])).toEqual({ id: "2", text: "Hi.", status: "streaming", name: "b" });
    expect(heardOf(now, "other", ["b"])).toBeUndefined();
  });

  it("has the last answer of a column count", () => {
    const now = detail([
      answer("1", { status: "failed" }),
      answer("2", { status: "complete", text: "x" }),
      answer("m", { column_id: "merge", text: "merged" }),
    ]);
    expect(answerOf(now, "t", "a")?.id).toBe("2");
    expect(saidTo(now, "t").map(([one]) => one.id)).toEqual(["a"]);
    expect([turnOf(now, "gone")?.id, turnOf(now, "t")?.id]).toEqual(["t", "t"]);
  });

  it("knows how quick an answer was", () => {
    const receipt = {
      exchange_id: "",
      model: "",
      first_token_ms: 200,
      total_ms: 1_200,
      input_tokens: 1,
      output_tokens: 50,
      cost_usd: null,
      estimated: false,
      cached: false,
    };
    expect(speed(answer("1", { receipt }))).toBe(50);
    expect(speed(answer("1"))).toBeUndefined();
    expect(speed(answer("1", { receipt: { ...receipt, total_ms: 200 } }))).toBeUndefined();
  });

  it("sees a vote from either side, and puts columns in order", () => {
    const votes = [{ left_id: "1", right_id: "2", better: "left" }];
    expect(voteBetween(votes, "1", "2")?.better).toBe("left");
    expect(voteBetween(votes, "2", "1")?.better).toBe("right");
    expect(voteBetween(votes, "1", "3")).toBeUndefined();
    expect([moved(["a", "b", "c"], "c", 0), moved(["a", "b", "c"], "a", 9)]).toEqual([
      ["c", "a", "b"],
      ["b", "c", "a"],
    ]);
    expect([letter(0), letter(3)]).toEqual(["A", "D"]);
  });
});
