import { describe, expect, it } from "vitest";
import { sentencesFrom } from "./speak";

/** What is read out of a text that arrives in pieces of so many characters. */
function heard(text: string, size: number): string[] {
  const out: string[] = [];
  let upTo = 0;
  for (let length = 0; length < text.length; length += size) {
    const { upTo: next, sentences } = sentencesFrom(text.slice(0, length), upTo, false);
    out.push(...sentences);
    upTo = next;
  }
  out.push(...sentencesFrom(text, upTo, true).sentences);
  return out;
}

describe("what is read out", () => {
  it.each([
    ["One is here. Two is 3.5 long! And three", ["One is here.", "Two is 3.5 long!", "And three"]],
    ["He said “go.” Then he went.", ["He said “go.”", "Then he went."]],
    ["# Title\n\nSome **bold** [link](https://x.org) [1].", ["Title", "Some bold link ."]],
    ["- one\n- two\n", ["one", "two"]],
    ["第一句。第二句！", ["第一句。", "第二句！"]],
    ["| a | b |\n|---|---|\n| 1 | 2 |", ["a b", "1 2"]],
    ["", []],
  ])("%j", (text, sentences) => {
    expect(heard(text, 1_000)).toEqual(sentences);
  });

  it("is the same however the text arrives", () => {
    const text = "First. Second one, with “words.” Third?\n\n- a point\n- another\n\n最后。The end";
    const whole = heard(text, 1_000);
    for (let size = 1; size < 12; size += 1) expect(heard(text, size)).toEqual(whole);
  });

  it("does not wait for a sentence that never ends", () => {
    const { sentences } = sentencesFrom("word ".repeat(200), 0, false);
    expect(sentences.join(" ").length).toBeGreaterThan(400);
  });
});
