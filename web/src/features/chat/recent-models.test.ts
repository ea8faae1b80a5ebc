import { expect, it } from "vitest";
import type { ModelItem } from "@/lib/api/model-items";
import { favouritesFirst, modelUsed, recentFirst, recentModels } from "./recent-models";

const items = (count: number): ModelItem[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `m${index}`,
    label: `M${index}`,
    group: "vendor",
    detail: "",
    selected: false,
  }));

it("keeps the last few, the latest first", () => {
  for (const id of ["a", "b", "c", "a", "d", "e", "f"]) modelUsed(id);
  expect(recentModels.get()).toEqual(["f", "e", "d", "a", "c"]);
  expect(JSON.parse(localStorage.getItem("familiar.models") ?? "")).toEqual(recentModels.get());
});

it("puts them before a long list, each once, and leaves out what is gone", () => {
  const found = recentFirst(items(10), ["m7", "gone", "m0"], "Used last");
  expect(found.slice(0, 3).map(({ id, group }) => `${group} ${id}`)).toEqual([
    "Used last m7",
    "Used last m0",
    "vendor m1",
  ]);
  expect(new Set(found.map(({ id }) => id)).size).toBe(10);
  expect(recentFirst(items(8), ["m7"], "Used last")).toEqual(items(8));
});

it("puts what is starred before everything, also in a short list, each once", () => {
  const found = favouritesFirst(recentFirst(items(10), ["m7"], "Used last"), ["m3", "gone", "m7"], "Favourites");
  expect(found.slice(0, 3).map(({ id, group }) => `${group} ${id}`)).toEqual([
    "Favourites m3",
    "Favourites m7",
    "vendor m0",
  ]);
  expect(new Set(found.map(({ id }) => id)).size).toBe(10);
  expect(favouritesFirst(items(2), ["m1"], "Favourites").map(({ id }) => id)).toEqual(["m1", "m0"]);
});
