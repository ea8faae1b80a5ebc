import { afterEach, describe, expect, it } from "vitest";
import { worksWhileTyping, type Action, type KeyPress } from "./actions";
import { giveShortcut, ownShortcuts, shortcutOf } from "./own-shortcuts";

const press = (key: string, modifiers: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...modifiers,
});

afterEach(() => ownShortcuts.set({}));

describe("keys of one's own", () => {
  it.each([
    [press("k", { ctrlKey: true }), false, "Mod+K"],
    [press("k", { metaKey: true }), true, "Mod+K"],
    [press("J", { shiftKey: true }), false, "Shift+J"],
    [press("?", { shiftKey: true }), false, "?"],
    [press("F2"), false, "F2"],
    [press("Control", { ctrlKey: true }), false, undefined],
    [press("Enter"), false, undefined],
    [press(" "), false, undefined],
    [press("+", { shiftKey: true }), false, undefined],
    [press("k", { altKey: true }), false, undefined],
    [press("k", { metaKey: true }), false, undefined],
  ])("%j", (given, mac, expected) => expect(shortcutOf(given, mac)).toBe(expected));

  it("are kept, and given back", () => {
    giveShortcut("chat.new", "Mod+J");
    expect(JSON.parse(localStorage.getItem("familiar.shortcuts") ?? "")).toEqual({ "chat.new": "Mod+J" });
    giveShortcut("chat.new", undefined);
    expect(ownShortcuts.get()).toEqual({});
  });

  it("leave letters in fields alone, whatever the action had before", () => {
    const action = { id: "view.palette", whileTyping: true } as Action;
    expect(worksWhileTyping({ ...action, shortcut: "Mod+K" })).toBe(true);
    expect(worksWhileTyping({ ...action, shortcut: "Escape" })).toBe(true);
    expect(worksWhileTyping({ ...action, shortcut: "K" })).toBe(false);
  });
});
