import { describe, expect, it } from "vitest";
import { isTyping, matches, showShortcut, type KeyPress } from "./actions";

const press = (key: string, modifiers: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...modifiers,
});

describe("shortcuts", () => {
  it.each([
    ["Mod+K", press("k", { ctrlKey: true }), false, true],
    ["Mod+K", press("k", { metaKey: true }), true, true],
    ["Mod+K", press("k", { metaKey: true }), false, false],
    ["Mod+K", press("k"), false, false],
    ["N", press("n"), false, true],
    ["N", press("N", { shiftKey: true }), false, false],
    ["N", press("n", { ctrlKey: true }), false, false],
    ["?", press("?", { shiftKey: true }), false, true],
    ["/", press("/"), false, true],
    [",", press(","), false, true],
    ["Escape", press("Escape"), false, true],
  ])("%s", (shortcut, given, mac, expected) => expect(matches(shortcut, given, mac)).toBe(expected));

  it("reads as on the keyboard", () => {
    expect(showShortcut("Mod+K", true)).toEqual(["⌘", "K"]);
    expect(showShortcut("Mod+K", false)).toEqual(["Ctrl", "K"]);
    expect(showShortcut("Escape", false)).toEqual(["Esc"]);
  });

  it("leaves the keys of fields alone", () => {
    expect(isTyping(document.createElement("textarea"))).toBe(true);
    expect(isTyping(document.createElement("button"))).toBe(false);
  });
});
