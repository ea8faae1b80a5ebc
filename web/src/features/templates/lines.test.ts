import { expect, it } from "vitest";
import { compareLines } from "./lines";

const told = (before: string, after: string) =>
  compareLines(before, after)
    .map(({ kind, text }) => `${{ same: " ", added: "+", gone: "-" }[kind]}${text}`)
    .join("|");

it.each([
  ["a\nb\nc", "a\nb\nc", " a| b| c"],
  ["a\nb\nc", "a\nx\nc", " a|-b|+x| c"],
  ["a", "a\nb", " a|+b"],
  ["a\nb", "b", "-a| b"],
  ["", "x", "-|+x"],
])("%j and %j", (before, after, lines) => expect(told(before, after)).toBe(lines));

it("never loses a line", () => {
  const lines = compareLines("a\nb\na\nc\nb", "b\na\nb\nc");
  const side = (gone: string) => lines.filter(({ kind }) => kind !== gone).map(({ text }) => text);
  expect(side("added")).toEqual(["a", "b", "a", "c", "b"]);
  expect(side("gone")).toEqual(["b", "a", "b", "c"]);
});

it("does not begin with what nobody could read", () => {
  expect(compareLines("x\n".repeat(3_000), "y")).toHaveLength(3_002);
});
