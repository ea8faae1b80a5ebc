import { expect, it } from "vitest";
import type { Folder } from "@/lib/types";
import { flat, pathOf, seen, stepped, treeOf, within } from "./folders";

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
