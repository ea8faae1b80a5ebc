import { expect, it } from "vitest";
import { listed, ranged, toggled } from "./selection";

const ORDER = ["a", "b", "c", "d", "e"];

it("selects one by one, and ranges in either direction", () => {
  const one = toggled(undefined, "b");
  expect([...one.ids]).toEqual(["b"]);
  const down = ranged(one, ORDER, "d");
  expect([...down.ids]).toEqual(["b", "c", "d"]);
  expect([...ranged(down, ORDER, "a").ids].toSorted()).toEqual(["a", "b", "c", "d"]);
  expect([...toggled(down, "c").ids]).toEqual(["b", "d"]);
  expect([...ranged(undefined, ORDER, "c").ids]).toEqual(["c"]);
  expect([...ranged({ ids: new Set(["x"]), anchor: "x" }, ORDER, "c").ids]).toEqual(["x", "c"]);
});

it("forgets what is not listed any more", () => {
  const selection = { ids: new Set(["a", "gone"]), anchor: "a" };
  expect([...listed(selection, ORDER).ids]).toEqual(["a"]);
  const kept = toggled(undefined, "a");
  expect(listed(kept, ORDER)).toBe(kept);
});
