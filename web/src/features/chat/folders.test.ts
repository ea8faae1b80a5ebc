import { expect, it } from "vitest";
import type { Folder } from "@/lib/types";
import { droppedAt, flat, MAX_DEPTH, pathOf, placeOf, seen, stepped, treeOf, within } from "./folders";

const folder = (id: string, parent_id: string | null = null): Folder => ({
  id,
  parent_id,
  name: id.toUpperCase(),
  prompt: "",
  grounding: { enabled: false, document_ids: [] },
  conversations: 0,
});
const FOLDERS = [folder("a"), folder("b", "a"), folder("c", "b"), folder("d"), folder("e", "a"), folder("lost", "x")];

it("makes a tree of a list", () => {
  const tree = treeOf(FOLDERS);
  expect(flat(tree).map((node) => `${node.level}${node.folder.id}`)).toEqual(["0a", "1b", "2c", "1e", "0d", "0lost"]);
  expect(seen(tree, new Set(["a"])).map((node) => node.folder.id)).toEqual(["a", "b", "e", "d", "lost"]);
  const [first] = tree;
  expect([...(first ? within(first) : [])]).toEqual(["a", "b", "c", "e"]);
  expect(pathOf(FOLDERS, "c")).toBe("A / B / C");
});

it("steps among those beside it", () => {
  expect(stepped(FOLDERS, "e", -1)).toEqual({ parent_id: "a", before: "b" });
  expect(stepped(FOLDERS, "b", 1)).toEqual({ parent_id: "a", before: null });
  expect(stepped(FOLDERS, "a", 1)).toEqual({ parent_id: null, before: null });
  expect(stepped(FOLDERS, "a", -1)).toBeUndefined();
});

it("knows where a folder stands", () => {
  expect(placeOf(FOLDERS, "a")).toEqual({ parent_id: null, before: "d" });
  expect(placeOf(FOLDERS, "e")).toEqual({ parent_id: "a", before: null });
  expect(placeOf(FOLDERS, "nowhere")).toBeUndefined();
});

it.each([
  ["d", "a", "into", { parent_id: "a", before: null }],
  ["d", "a", "above", { parent_id: null, before: "a" }],
  ["d", "b", "below", { parent_id: "a", before: "e" }],
  ["d", "e", "below", { parent_id: "a", before: null }],
  ["b", "e", "below", { parent_id: "a", before: null }],
  ["c", "d", "above", { parent_id: null, before: "d" }],
  // Into itself, or what lies in it.
  ["a", "a", "into", undefined],
  ["a", "c", "into", undefined],
  ["a", "b", "below", undefined],
  // Where it is already.
  ["b", "a", "into", undefined],
  ["e", "b", "below", undefined],
  ["b", "e", "above", undefined],
  ["a", "nowhere", "into", undefined],
] as const)("drops %s on %s, %s", (id, on, part, expected) =>
  expect(droppedAt(FOLDERS, id, { id: on, part })).toEqual(expected),
);

it("drops nothing deeper than the server has it", () => {
  const deep = Array.from({ length: MAX_DEPTH }, (_, at) => folder(`l${at}`, at === 0 ? null : `l${at - 1}`));
  const all = [...deep, folder("x"), folder("y", "x")];
  expect(droppedAt(all, "y", { id: "l4", part: "above" })).toEqual({ parent_id: "l3", before: "l4" });
  expect(droppedAt(all, "y", { id: "l4", part: "into" })).toBeUndefined();
  expect(droppedAt(all, "x", { id: "l3", part: "into" })).toBeUndefined();
  expect(droppedAt(all, "x", { id: "l2", part: "into" })).toEqual({ parent_id: "l2", before: null });
});
