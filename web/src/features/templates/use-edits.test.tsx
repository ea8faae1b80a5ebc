// What is written of a template and not saved outlives the form.
import { act, useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { KeptTemplate } from "@/lib/types";
import { useEdits, type Edits } from "./use-edits";

const template = { title: "Letter", command: "letter", category: "", description: "", text: "Dear" };
const kept = (version: number) => ({ id: "one", version, template }) as KeptTemplate;
let root: Root;
let edits: Edits;

function Around({ of }: { of: KeptTemplate | undefined }) {
  const own = useEdits(of);
  useEffect(() => {
    edits = own;
  }, [own]);
  return undefined;
}

function open(of: KeptTemplate | undefined) {
  root = createRoot(document.createElement("div"));
  act(() => root.render(<Around of={of} />));
}
const close = () => act(() => root.unmount());

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  localStorage.clear();
});
afterEach(close);

it("is there when the form is opened again, and says that a version came between", () => {
  open(kept(1));
  expect([edits.changed, edits.found]).toEqual([false, false]);
  act(() => edits.change({ text: "Dear you" }));
  close();
  open(kept(1));
  expect([edits.draft.text, edits.changed, edits.found, edits.behind]).toEqual(["Dear you", true, true, false]);
  close();
  open(kept(2));
  expect([edits.draft.text, edits.behind]).toEqual(["Dear you", true]);
  act(() => edits.discard());
  expect([edits.draft.text, edits.changed, localStorage.length]).toEqual(["Dear", false, 0]);
});

it("keeps what is written while it is saved", () => {
  open(kept(1));
  act(() => edits.change({ text: "Dear you" }));
  const sent = edits.draft;
  act(() => edits.change({ text: "Dear you all" }));
  act(() => edits.saved(sent, { ...kept(2), template: sent }));
  expect(edits.draft.text).toBe("Dear you all");
  act(() => edits.saved(edits.draft, kept(3)));
  expect(localStorage.length).toBe(0);
});

it("takes what is written of a new one along to the one that was made", () => {
  open(undefined);
  act(() => edits.change({ title: "A" }));
  const sent = edits.draft;
  act(() => edits.change({ text: "B" }));
  act(() => edits.saved(sent, kept(1)));
  expect(edits.draft).toMatchObject({ title: "", text: "" });
  close();
  open(kept(1));
  expect([edits.draft.title, edits.draft.text]).toEqual(["A", "B"]);
});
