import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ChatEvent, Message, MessageList, TurnEvent } from "@/lib/types";
import {
  accept,
  acceptSaid,
  begin,
  branch,
  childrenByParent,
  emptyThread,
  hasEarlier,
  isStreaming,
  isTurnedFrom,
  leafBelow,
  load,
  loadAfter,
  loadPiece,
  put,
  reduce,
  reduceAll,
  remove,
  rowOf,
  show,
  takeBack,
  tokensOf,
  type Thread,
} from "./model";

function message(id: string, change: Partial<Message> = {}): Message {
  return {
    id,
    conversation_id: "c",
    role: "assistant",
    text: "",
    status: "streaming",
    language_model: true,
    created_at: "2026-11-21T10:00:00Z",
    ...change,
  };
}

const said = (id: string, parent?: string) =>
  message(id, { role: "user", text: id, status: "complete", ...(parent ? { parent_id: parent } : {}) });
const snapshot = (entry: Message): TurnEvent => ({ type: "snapshot", message: entry });
const text = (id: string, delta: string): TurnEvent => ({
  type: "delta",
  message_id: id,
  event: { type: "text", delta },
});
const run = (events: TurnEvent[], start: Thread = emptyThread) =>
  events.reduce((thread, event, index) => reduce(thread, event, index + 1), start);

/** The fixtures of the Rust codecs: each line is an event, or the error that ends the stream. */
const FIXTURES = join(import.meta.dirname, "../../../../crates/wire/fixtures");

interface Line {
  type?: string;
  delta?: string;
  error?: { code: string | null; kind: string; message: string };
}

function fixtures(): { name: string; lines: Line[] }[] {
  const found: { name: string; lines: Line[] }[] = [];
  for (const dialect of readdirSync(FIXTURES, { withFileTypes: true })) {
    if (!dialect.isDirectory()) continue;
    for (const name of readdirSync(join(FIXTURES, dialect.name))) {
      const path = join(FIXTURES, dialect.name, name, "events.snap");
      if (!existsSync(path)) continue;
      const lines = readFileSync(path, "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Line);
      found.push({ name: `${dialect.name}/${name}`, lines });
    }
  }
  return found;
}

describe("the reducer over the codecs' own fixtures", () => {
  const all = fixtures();

  it("finds them", () => expect(all.length).toBeGreaterThan(30));

  it.each(all)("$name", ({ lines }) => {
    const events = lines.filter((line) => line.error === undefined) as ChatEvent[];
    const turns: TurnEvent[] = [
      snapshot(message("a")),
      ...events.map((event): TurnEvent => ({ type: "delta", message_id: "a", event })),
    ];
    const thread = run(turns);
    const joined = (...kinds: string[]) =>
      lines
        .filter((line) => kinds.includes(line.type ?? ""))
        .map((line) => line.delta ?? "")
        .join("");
    const shown = thread.messages["a"];
    expect(shown?.text).toBe(joined("text", "refusal"));
    expect(shown?.reasoning ?? "").toBe(joined("reasoning"));

    // Every event a second time, with the number it had, changes nothing at all.
    const again = turns.reduce((state, event, index) => reduce(state, event, index + 1), thread);
    expect(again).toBe(thread);

    // The end as the server keeps it counts, also where it is an error.
    const error = lines.find((line) => line.error)?.error;
    const kept = error
      ? message("a", { text: shown?.text ?? "", status: "failed", error: { code: error.kind, message: error.message } })
      : message("a", { text: shown?.text ?? "", status: "complete" });
    const ended = reduce(thread, { type: "finished", message: kept }, turns.length + 1);
    expect(ended.messages["a"]).toEqual(kept);
    expect(isStreaming(ended)).toBe(false);
    // What comes late is too late.
    expect(reduce(ended, text("a", "more"), turns.length + 2)).toBe(ended);
    expect(reduce(ended, snapshot(message("a", { text: "stale" })), turns.length + 3).messages["a"]).toEqual(kept);
  });
});

describe("connections that break", () => {
  const words = ["one ", "two ", "three ", "four ", "five "];
  const whole = words.join("");

  it("goes on from a snapshot wherever the line was lost", () => {
    for (let cut = 0; cut <= words.length; cut += 1) {
      let thread = reduce(emptyThread, snapshot(message("a")), 1);
      words.slice(0, cut).forEach((word, index) => (thread = reduce(thread, text("a", word), index + 2)));
      // Two more words pass unseen; the new connection begins with the answer as it stands.
      const seen = Math.min(words.length, cut + 2);
      thread = reduce(thread, snapshot(message("a", { text: words.slice(0, seen).join("") })), seen + 1);
      words.slice(seen).forEach((word, index) => (thread = reduce(thread, text("a", word), seen + index + 2)));
      expect(thread.messages["a"]?.text, `cut after ${cut}`).toBe(whole);
    }
  });

  it("takes replayed events once", () => {
    let thread = run([snapshot(message("a")), text("a", "one "), text("a", "two ")]);
    thread = reduce(thread, text("a", "two "), 3);
    thread = reduce(thread, snapshot(message("a", { text: "one " })), 2);
    expect(thread.messages["a"]?.text).toBe("one two ");
    expect(reduce(thread, text("a", "three "), 4).messages["a"]?.text).toBe("one two three ");
  });

  it("lets a snapshot shorten what the deltas behind it build on", () => {
    const thread = reduce(
      run([snapshot(message("a")), text("a", "one two ")]),
      snapshot(message("a", { text: "one " })),
      3,
    );
    expect(reduce(thread, text("a", "two "), 4).messages["a"]?.text).toBe("one two ");
  });

  it("ignores events of messages it does not know", () => {
    expect(reduce(emptyThread, text("x", "?"), 1)).toBe(emptyThread);
  });

  it("does not let a slow fetch undo what has streamed in", () => {
    const live = run([snapshot(message("a")), text("a", "one two ")]);
    expect(load(live, { messages: [message("a", { text: "one " })] }).messages["a"]?.text).toBe("one two ");
    const ended = reduce(
      live,
      { type: "finished", message: message("a", { text: "one two.", status: "complete" }) },
      9,
    );
    expect(load(ended, { messages: [message("a", { text: "one " })] }).messages["a"]?.status).toBe("complete");
  });

  it("takes an interruption that a restarted server tells, though its numbers begin anew", () => {
    const live = run([snapshot(message("a")), text("a", "one "), text("a", "two ")]);
    const restarted = reduce(live, snapshot(message("a", { text: "one ", status: "interrupted" })), 0);
    expect(restarted.messages["a"]).toMatchObject({ status: "interrupted", text: "one " });
    const next = reduce(reduce(restarted, snapshot(message("b", { parent_id: "a" })), 1), text("b", "new"), 2);
    expect(next.messages["b"]?.text).toBe("new");
  });

  it("keeps the identity of messages that did not change", () => {
    const thread = run([snapshot(said("q")), snapshot(message("a", { parent_id: "q" }))]);
    const grown = reduce(thread, text("a", "word"), 9);
    expect(grown.messages["q"]).toBe(thread.messages["q"]);
    expect(grown.order).toBe(thread.order);
  });
});

describe("the tree", () => {
  const tree = load(emptyThread, {
    messages: [
      said("q1"),
      message("a1", { parent_id: "q1", status: "complete" }),
      message("a2", { parent_id: "q1", status: "complete" }),
      said("q2", "a1"),
      message("a3", { parent_id: "q2", status: "complete" }),
    ],
    leaf_id: "a3",
  });

  it("shows the branch of its leaf", () => {
    expect(branch(tree).map((entry) => entry.id)).toEqual(["q1", "a1", "q2", "a3"]);
    expect(branch(show(tree, "a2")).map((entry) => entry.id)).toEqual(["q1", "a2"]);
  });

  it("steps to the end of a sibling's branch", () => {
    const children = childrenByParent(tree);
    expect(children.get("q1")).toEqual(["a1", "a2"]);
    expect(leafBelow(children, "a1")).toBe("a3");
    expect(leafBelow(children, "a2")).toBe("a2");
  });

  it("follows an answer to the message shown last, and no other", () => {
    expect(put(tree, said("q3", "a3")).leafId).toBe("q3");
    expect(put(tree, said("q4", "a2")).leafId).toBe("a3");
  });

  it("shows who spoke after an answer that the stream told of before the server had said that it began", () => {
    const [first, second] = [
      message("first", { parent_id: "q3", status: "complete" }),
      message("second", { parent_id: "first" }),
    ];
    const ahead = run([snapshot(first), snapshot(second)], tree);
    expect(ahead.leafId, "nobody knows yet what they answer").toBe("a3");
    const began = { user_message: said("q3", "a3"), reply: { ...first, status: "streaming" as const } };
    const ids = branch(accept(ahead, began)).map((entry) => entry.id);
    expect(ids).toEqual(["q1", "a1", "q2", "a3", "q3", "first", "second"]);
    // Another window learns what was said by fetching.
    expect(load(ahead, { messages: [said("q3", "a3")] }).leafId).toBe("second");
  });

  it("survives a parent that is missing or leads in a circle", () => {
    expect(
      branch(load(emptyThread, { messages: [message("x", { parent_id: "gone" })] })).map((entry) => entry.id),
    ).toEqual(["x"]);
    const circle = load(emptyThread, {
      messages: [message("x", { parent_id: "y" }), message("y", { parent_id: "x" })],
      leaf_id: "y",
    });
    expect(branch(circle)).toHaveLength(2);
    expect(["x", "y"]).toContain(leafBelow(childrenByParent(circle), "x"));
  });
});

describe("the tokens of a conversation", () => {
  it("are those of the last answer of the branch that is shown", () => {
    const receipt = (input_tokens: number) => ({ input_tokens, output_tokens: 5 }) as NonNullable<Message["receipt"]>;
    const messages = [
      said("q1"),
      message("a1", { parent_id: "q1", status: "complete", receipt: receipt(10) }),
      message("b1", { parent_id: "q1", status: "complete", receipt: receipt(90) }),
      said("q2", "a1"),
    ];
    const thread = load(emptyThread, { messages, leaf_id: "q2", total: 4, cost_usd: "0.5" } as MessageList);
    expect(tokensOf(thread)).toBe(15);
    expect(tokensOf(show(thread, "b1"))).toBe(95);
    expect(tokensOf(emptyThread)).toBeUndefined();
  });
});

describe("citations", () => {
  it("are kept once each", () => {
    const citation = { index: 1, chunk_id: "k", document_id: "d", title: "T", quote: "q" };
    const event: TurnEvent = { type: "delta", message_id: "a", event: { type: "citation", ...citation } };
    const thread = run([snapshot(message("a")), event, event]);
    expect(thread.messages["a"]?.citations).toEqual([citation]);
  });
});

describe("a long conversation by the piece", () => {
  const ids = (thread: Thread) => branch(thread).map((entry) => entry.id);
  const line = Array.from({ length: 10 }, (_, index) => said(`m${index}`, index === 0 ? undefined : `m${index - 1}`));
  const piece = (from: number, to: number) => ({ messages: line.slice(from, to), leaf_id: "m9", end_id: `m${to - 1}` });
  const end = load(emptyThread, { messages: line.slice(6), leaf_id: "m9", cost_usd: "0.50" });

  it("begins with its end, and says that there is more", () => {
    expect(ids(end)).toEqual(["m6", "m7", "m8", "m9"]);
    expect(hasEarlier(end, branch(end))).toBe(true);
    const all = load(end, piece(0, 6));
    expect(ids(all)).toEqual(line.map((entry) => entry.id));
    expect(hasEarlier(all, branch(all))).toBe(false);
    expect(all.costUsd).toBe("0.50");
  });

  it("shows a piece from the middle, and joins the end again", () => {
    const middle = loadPiece(end, piece(1, 4));
    expect([ids(middle), middle.endId, middle.leafId]).toEqual([["m1", "m2", "m3"], "m3", "m9"]);
    const joined = loadPiece(middle, piece(3, 7));
    expect([ids(joined).at(-1), joined.endId]).toEqual(["m9", undefined]);
    expect(show(middle, "m9").endId).toBeUndefined();
  });

  it("goes on growing below while its middle is shown", () => {
    const middle = loadPiece(end, piece(1, 4));
    const grown = put(middle, said("m10", "m9"));
    expect([ids(grown), grown.leafId]).toEqual([["m1", "m2", "m3"], "m10"]);
  });

  it("keeps an end that came to be shown while the piece behind a middle was on its way", () => {
    const middle = loadPiece(end, piece(1, 4));
    const at = { user_message: said("m10", "m9"), reply: said("m11", "m10") };
    const later = loadAfter(accept(middle, at), piece(4, 6));
    expect([ids(later).at(-1), later.leafId, later.endId]).toEqual(["m11", "m11", undefined]);
    const joined = loadAfter(middle, piece(4, 7));
    expect([ids(joined).at(-1), joined.endId]).toEqual(["m9", undefined]);
  });

  it("knows another branch from one that goes on", () => {
    const middle = loadPiece(end, piece(1, 4));
    expect(isTurnedFrom(middle, "m9")).toBe(false);
    expect(isTurnedFrom(put(middle, said("m10", "m9")), "m9")).toBe(false);
    const at = { user_message: said("m10", "m9"), reply: said("m11", "m10") };
    expect(isTurnedFrom(accept(middle, at), "m9")).toBe(false);
    expect(isTurnedFrom(show(load(middle, { messages: [said("y8", "m7")] }), "y8"), "m9")).toBe(true);
    expect(isTurnedFrom(end, undefined)).toBe(false);
  });

  it("takes what was said in another window to the end of the branch", () => {
    const told = load(end, { messages: [...line.slice(8), said("m10", "m9"), said("m11", "m10")], leaf_id: "m11" });
    expect(ids(told).at(-1)).toBe("m11");
    // But another branch is not gone to.
    expect(load(end, { messages: [said("x", "m6")], leaf_id: "x" }).leafId).toBe("m9");
  });

  it("shows the branch of a message that is linked to", () => {
    const other = [said("y7", "m6"), said("y8", "y7")];
    const linked = loadPiece(end, { messages: [line[6] ?? said("m6"), ...other], leaf_id: "y8", end_id: "y8" });
    expect([ids(linked), linked.endId]).toEqual([["m6", "y7", "y8"], undefined]);
  });

  it("adds what an answer cost when it ends, once", () => {
    const ended = message("a", {
      parent_id: "m9",
      status: "complete",
      receipt: { cost_usd: "0.25" } as NonNullable<Message["receipt"]>,
    });
    const streaming = put(end, message("a", { parent_id: "m9" }));
    const once = put(streaming, ended);
    expect([once.costUsd, put(once, { ...ended }).costUsd]).toEqual(["0.75", "0.75"]);
  });
});

describe("many events at once", () => {
  const numbered = (events: TurnEvent[], from = 1) => events.map((event, index) => ({ event, sequence: from + index }));

  it("do what they do one by one", () => {
    const events: TurnEvent[] = [
      snapshot(message("a")),
      text("a", "one "),
      text("a", "two "),
      { type: "delta", message_id: "a", event: { type: "reasoning", delta: "hm" } },
      { type: "delta", message_id: "a", event: { type: "reasoning", delta: "m" } },
      text("b", "unknown"),
      text("a", "three"),
    ];
    const all = reduceAll(emptyThread, numbered(events));
    expect(all.messages["a"]).toEqual(run(events).messages["a"]);
    expect(all.messages["a"]?.text).toBe("one two three");
  });

  it("take a replay once, though it comes together with what is new", () => {
    const seen = reduceAll(emptyThread, numbered([snapshot(message("a")), text("a", "one "), text("a", "two ")]));
    const again = reduceAll(seen, numbered([text("a", "two "), text("a", "three ")], 3));
    expect(again.messages["a"]?.text).toBe("one two three ");
  });
});

describe("messages that are deleted", () => {
  const list = (messages: Message[], leaf_id: string): MessageList => ({ messages, leaf_id });
  const all = [said("a"), said("b", "a"), said("b2", "a"), said("c", "b"), said("d", "c")];
  const shown = (thread: Thread) => branch(thread).map((one) => one.id);

  it("go with what follows them, and what is shown then is what the server says", () => {
    const thread = load(emptyThread, list(all, "d"));
    const left = remove(thread, { message_ids: ["b", "c", "d"], leaf_id: "b2" });
    expect(shown(left)).toEqual(["a", "b2"]);
    expect(left.order.toSorted()).toEqual(["a", "b2"]);
    expect(Object.keys(left.messages).toSorted()).toEqual(["a", "b2"]);
    // Told once more, as by the stream of events, nothing changes.
    expect(remove(left, { message_ids: ["b", "c", "d"], leaf_id: "b2" })).toBe(left);
  });

  it("leave another branch as it is shown", () => {
    const thread = show(load(emptyThread, list(all, "d")), "b2");
    expect(shown(remove(thread, { message_ids: ["c", "d"], leaf_id: "b" }))).toEqual(["a", "b2"]);
  });

  it("leave what was said before, where what is shown then is not here", () => {
    const thread = load(emptyThread, list(all, "d"));
    expect(shown(remove(thread, { message_ids: ["c", "d"], leaf_id: "elsewhere" }))).toEqual(["a", "b"]);
    const empty = remove(thread, { message_ids: all.map((one) => one.id), leaf_id: null });
    expect([shown(empty), empty.leafId]).toEqual([[], undefined]);
  });

  it("come back in their place among the versions", () => {
    const thread = load(emptyThread, list(all, "d"));
    const left = remove(thread, { message_ids: ["b", "c", "d"], leaf_id: "b2" });
    const back = loadPiece(left, list(all, "d"));
    expect(shown(back)).toEqual(["a", "b", "c", "d"]);
    expect(childrenByParent(back).get("a")).toEqual(["b", "b2"]);
  });
});

describe("calls of tools", () => {
  const call = (state: "waiting" | "running" | "done", result = "") => ({
    id: "u1",
    name: "remember",
    arguments: "{}",
    changes: true,
    state,
    result,
  });
  const tool = (used: ReturnType<typeof call>): TurnEvent => ({ type: "tool", message_id: "a", used });

  it("stand in the place of what was known of them, and an old step changes nothing", () => {
    let thread: Thread = reduce(emptyThread, snapshot(message("a")), 1);
    thread = reduce(thread, tool(call("waiting")), 2);
    thread = reduce(thread, tool({ ...call("running"), id: "u2" }), 3);
    thread = reduce(thread, tool(call("done", "Remembered")), 4);
    expect(thread.messages["a"]?.tool_uses?.map((used) => [used.id, used.state])).toEqual([
      ["u1", "done"],
      ["u2", "running"],
    ]);
    expect(reduce(thread, tool(call("waiting")), 2)).toBe(thread);
    expect(reduceAll(thread, [{ event: tool(call("waiting")), sequence: 2 }])).toBe(thread);
  });

  it("do not grow an answer that has ended", () => {
    const ended = put(emptyThread, message("a", { status: "complete", text: "done" }));
    expect(reduce(ended, tool(call("running")), 9)).toBe(ended);
  });
});

describe("what is being sent", () => {
  const before = put(put(emptyThread, said("u1")), message("a1", { parent_id: "u1", status: "complete" }));
  const pending = message("pending-1", { role: "user", text: "u2", status: "complete", parent_id: "a1" });
  const sent = begin(before, pending);
  const taken = said("u2", "a1");
  const reply = message("a2", { parent_id: "u2" });
  const shown = (thread: Thread) => branch(thread).map((entry) => entry.id);

  it("stands behind the last message, and the server's takes its place and its row", () => {
    expect(shown(sent)).toEqual(["u1", "a1", "pending-1"]);
    const known = accept(sent, { user_message: taken, reply });
    expect(shown(known)).toEqual(["u1", "a1", "u2", "a2"]);
    expect(branch(known).map((entry) => rowOf(known, entry))).toEqual(["u1", "a1", "pending-1", "a2"]);
    expect(known.pending).toBeUndefined();
  });

  it("is never there twice, whatever is told before the request is answered", () => {
    const list: MessageList = { messages: [taken, reply], leaf_id: "a2" };
    const told: Record<string, Thread> = {
      "a list": load(sent, list),
      "the message": reduce(sent, snapshot(taken), 1),
      "the message, then the answer": run([snapshot(taken), snapshot(reply)], sent),
    };
    for (const [what, thread] of Object.entries(told)) {
      expect(thread.pending, what).toBeUndefined();
      expect(shown(thread).slice(0, 3), what).toEqual(["u1", "a1", "u2"]);
      const known = accept(thread, { user_message: taken, reply });
      expect(shown(known), what).toEqual(["u1", "a1", "u2", "a2"]);
      expect(rowOf(known, taken), what).toBe("pending-1");
    }
    // The answer alone is not shown before what it answers.
    const early = run([snapshot(reply), text("a2", "Yes")], sent);
    expect(shown(early)).toEqual(["u1", "a1", "pending-1"]);
    const known = accept(early, { user_message: taken, reply });
    expect(shown(known)).toEqual(["u1", "a1", "u2", "a2"]);
    expect(known.messages["a2"]?.text).toBe("Yes");
  });

  it("begins a conversation, where the answer may also be told first", () => {
    const first = begin(emptyThread, message("pending-1", { role: "user", text: "u1", status: "complete" }));
    const early = reduce(first, snapshot(message("a1", { parent_id: "u1" })), 1);
    expect(shown(early)).toEqual(["pending-1"]);
    const known = accept(early, { user_message: said("u1"), reply: message("a1", { parent_id: "u1" }) });
    expect(shown(known)).toEqual(["u1", "a1"]);
  });

  it("is taken back when it is refused, and leaves what came meanwhile", () => {
    expect(takeBack(sent, "pending-1")).toEqual(before);
    expect(takeBack(sent, "another")).toBe(sent);
    const elsewhere = put(sent, said("u9", "a1"));
    expect(shown(elsewhere)).toEqual(["u1", "a1", "u9", "pending-1"]);
    expect(shown(takeBack(elsewhere, "pending-1"))).toEqual(["u1", "a1", "u9"]);
    // What the server had already is not taken back by a request that failed on its way.
    expect(shown(takeBack(put(sent, taken), "pending-1"))).toEqual(["u1", "a1", "u2"]);
  });

  it("is shown only where it goes on from the end", () => {
    expect(begin(before, { ...pending, parent_id: "u1" })).toBe(before);
    const middle = { ...before, endId: "u1" };
    expect(begin(middle, pending)).toBe(middle);
    expect(begin(sent, { ...pending, id: "pending-2" })).toBe(sent);
  });

  it("may be answered by nobody, and may come changed", () => {
    const silent = acceptSaid(sent, taken);
    expect([shown(silent), rowOf(silent, taken)]).toEqual([["u1", "a1", "u2"], "pending-1"]);
    const other = accept(sent, { user_message: { ...taken, text: "U2!" }, reply });
    expect(shown(other)).toEqual(["u1", "a1", "u2", "a2"]);
  });
});
