import { describe, expect, it } from "vitest";
import { arranged, place, step } from "./order";

const GROUPS = ["first", "second", "third"];
const items = (spec: string) =>
  spec.split(" ").map((word) => {
    const [id = "", group = ""] = word.split("@");
    return { id, group };
  });
const shown = (list: { id: string; group: string }[]) => list.map(({ id, group }) => `${id}@${group}`).join(" ");
const LIST = items("a@first b@first c@third");

describe("order", () => {
  it.each([
    ["a", 1, "b@first a@first c@third"],
    ["a", -1, "a@first b@first c@third"],
    ["b", 1, "a@first b@second c@third"],
    ["c", -1, "a@first b@first c@second"],
    ["c", 1, "a@first b@first c@third"],
    ["nobody", 1, "a@first b@first c@third"],
  ] as const)("%s by %d", (id, by, expected) => expect(shown(step(LIST, id, by, GROUPS))).toBe(expected));

  it("goes to the end of the group above and to the beginning of the group below", () => {
    const list = items("a@first b@first c@second d@second");
    expect(shown(step(list, "c", -1, GROUPS))).toBe("a@first b@first c@first d@second");
    expect(shown(step(list, "b", 1, GROUPS))).toBe("a@first b@second c@second d@second");
  });

  it.each([
    ["c", "first", 0, "c@first a@first b@first"],
    ["c", "first", 1, "a@first c@first b@first"],
    ["c", "first", 99, "a@first b@first c@first"],
    ["a", "first", 1, "b@first a@first c@third"],
    ["a", "second", -3, "b@first a@second c@third"],
    ["a", "nowhere", 0, "a@first b@first c@third"],
  ])("puts %s into %s at %d", (id, group, index, expected) =>
    expect(shown(place(LIST, id, group, index, GROUPS))).toBe(expected),
  );

  it("loses and doubles nothing, whatever is moved", () => {
    let list = items("a@first b@first c@second d@third e@third");
    for (let turn = 0; turn < 300; turn += 1) {
      const id = "abcde"[turn % 5] ?? "a";
      list =
        turn % 3 === 0
          ? step(list, id, turn % 2 === 0 ? 1 : -1, GROUPS)
          : place(list, id, GROUPS[turn % 3] ?? "first", (turn * 7) % 6, GROUPS);
      expect(list.map((entry) => entry.id).toSorted()).toEqual(["a", "b", "c", "d", "e"]);
      expect(shown(arranged(list, GROUPS))).toBe(shown(list));
    }
  });
});
