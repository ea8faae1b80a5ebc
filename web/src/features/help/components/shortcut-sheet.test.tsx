// Other keys for what can be done.
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { SquarePen } from "lucide-react";
import { afterEach, beforeEach, expect, it } from "vitest";
import { useActions, type Action } from "@/lib/actions";
import { ownShortcuts } from "@/lib/own-shortcuts";
import { TooltipProvider } from "@/ui/tooltip";
import { ShortcutSheet } from "./shortcut-sheet";

const action = (id: string, shortcut: string): Action => ({
  id,
  label: id,
  group: "Go to",
  icon: SquarePen,
  shortcut,
  run: () => undefined,
});
const ACTIONS = [action("New", "N"), action("Library", "L")];
let root: Root;

function Page() {
  useActions(ACTIONS);
  return <ShortcutSheet open onClose={() => undefined} />;
}

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  root = createRoot(document.body.appendChild(document.createElement("div")));
  act(() =>
    root.render(
      <TooltipProvider>
        <Page />
      </TooltipProvider>,
    ),
  );
});
afterEach(() => {
  act(() => root.unmount());
  ownShortcuts.set({});
});

const button = (name: string) =>
  [...document.querySelectorAll("button")].find(
    (one) => (one.ariaLabel ?? one.getAttribute("aria-label") ?? one.textContent) === name,
  );
const press = (key: string) =>
  act(() => void document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })));

it("takes the keys that are pressed, refuses those of another, and gives the usual ones back", () => {
  act(() => button("Other keys for “New”")?.click());
  expect(document.activeElement?.textContent).toBe("Press the new keys");
  press("l");
  expect(document.activeElement?.textContent).toBe("“Library” has these keys already");
  expect(ownShortcuts.get()).toEqual({});
  press("j");
  expect(ownShortcuts.get()).toEqual({ New: "J" });
  act(() => button("The usual keys for “New”")?.click());
  expect(ownShortcuts.get()).toEqual({});
});

it("gives the usual keys back only while no other action has them", () => {
  act(() => ownShortcuts.set({ New: "J", Library: "N" }));
  act(() => button("The usual keys for “New”")?.click());
  expect(ownShortcuts.get()).toEqual({ New: "J", Library: "N" });
  const row = button("The usual keys for “New”")?.closest("li");
  const told = () => row?.querySelector('[role="status"]')?.textContent;
  expect(told()).toBe("“Library” has these keys already");
  act(() => button("The usual keys for “Library”")?.click());
  expect(ownShortcuts.get()).toEqual({ New: "J" });
  expect(told()).toBe("");
  act(() => button("The usual keys for “New”")?.click());
  expect(ownShortcuts.get()).toEqual({});
  expect(document.activeElement?.getAttribute("aria-label")).toBe("Other keys for “New”");
});
