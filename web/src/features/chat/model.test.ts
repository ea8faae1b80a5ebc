import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ChatEvent, Message, TurnEvent } from "@/lib/types";
import {
  branch,
  childrenByParent,
  emptyThread,
  isStreaming,
  leafBelow,
  load,
  put,
  reduce,
  show,
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

  it("survives a parent that is missing or leads in a circle", () => {
    expect(
      branch(load(emptyThread, { messages: [message("x", { parent_id: "gone" })] })).map((entry) => entry.id),
    ).toEqual(["x"]);
    const circle = load(emptyThread, {
      messages: [message("x", { parent_id: "y" }), message("y", { parent_id: "x" })],
      leaf_id: "y",
    });
    expect(branch(circle)).toHaveLength(2);
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
