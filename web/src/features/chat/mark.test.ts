import { expect, it } from "vitest";
import { pieces } from "./mark";

const shown = (text: string, words: string[]) =>
  pieces(text, words)
    .map(({ text: piece, marked }) => (marked ? `[${piece}]` : piece))
    .join("");

it.each([
  ["It is 100% cold in Oslo", ["oslo", "100%"], "It is [100%] cold in [Oslo]"],
  ["a+b (c) a.b", ["a.b", "(c)"], "a+b [(c)] [a.b]"],
  ["ÜBER übers", ["über"], "[ÜBER] [über]s"],
  ["keys and key", ["key", "keys"], "[keys] and [key]"],
  ["nothing", [], "nothing"],
  ["nothing", ["x"], "nothing"],
])("marks in %j the words %j", (text, words, expected) => {
  expect(shown(text, words)).toBe(expected);
});
