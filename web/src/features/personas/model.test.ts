import { describe, expect, it } from "vitest";
import { begin, draftOf, entryName, listOf, numberSetting, pause, redo, undo, withSetting, write } from "./model";

describe("what was written", () => {
  it("goes back and forth by steps, and typing in one field is one step", () => {
    let written = begin({ name: "Mira" });
    written = write(written, { description: "a" }, "description");
    written = write(written, { description: "ab" }, "description");
    written = write(written, { scenario: "sea" }, "scenario");
    expect(written.past).toHaveLength(2);
    written = undo(written);
    expect([written.now.description, written.now.scenario]).toEqual(["ab", ""]);
    written = undo(written);
    expect(written.now.description).toBe("");
    expect(undo(written)).toBe(written);
    written = redo(redo(written));
    expect([written.now.description, written.now.scenario]).toEqual(["ab", "sea"]);
    expect(redo(written)).toBe(written);
  });

  it("forgets what was undone once something else is written, and a pause ends a step", () => {
    let written = write(begin({ name: "Mira" }), { name: "Mir" }, "name");
    written = write(pause(written), { name: "Mi" }, "name");
    expect(written.past).toHaveLength(2);
    written = write(undo(written), { name: "Nera" }, "name");
    expect(written.future).toEqual([]);
    expect(undo(written).now.name).toBe("Mir");
  });

  it("keeps what a form does not show", () => {
    const card = { name: "Mira", unknown: { data: { made_by: "x" } }, extensions: { a: 1 } };
    const written = write(begin(card), { name: "Nera" }, "name");
    expect(written.now).toMatchObject({ ...card, name: "Nera" });
    expect(draftOf({ name: "x" }).traits).toEqual([]);
  });
});

describe("entries", () => {
  it("have settings in their extensions", () => {
    const entry = { keys: ["a"], content: "", enabled: true, insertion_order: 1, extensions: { other: 1 } };
    const sticky = withSetting(entry, "sticky", 3);
    expect(sticky.extensions).toEqual({ other: 1, sticky: 3 });
    expect([numberSetting(sticky, "sticky", 0), numberSetting(entry, "sticky", 0)]).toEqual([3, 0]);
    expect(withSetting(sticky, "sticky", undefined).extensions).toEqual({ other: 1 });
    expect([entryName(entry, 0), entryName({ ...entry, keys: [] }, 2)]).toEqual(["a", "Entry 3"]);
    expect(listOf(" a, ,b c,")).toEqual(["a", "b c"]);
    expect(listOf("/a{1,2}/i, b/c, /x\\/,y/ ,/open, z")).toEqual(["/a{1,2}/i", "b/c", "/x\\/,y/", "/open", "z"]);
    expect(listOf("")).toEqual([]);
  });
});
