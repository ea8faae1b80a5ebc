import { describe, expect, it } from "vitest";
import { pressed, UNTOUCHED } from "./chip-switches";

describe("switches of chips", () => {
  it("switch off what is done, and on what is only proposed, and back", () => {
    const synonym = { key: "synonym:hp", kind: "synonym" };
    const related = { key: "related:strahd", kind: "related" };
    const both = pressed(pressed(UNTOUCHED, synonym), related);
    expect(both).toEqual({ off: ["synonym:hp"], on: ["related:strahd"] });
    expect(pressed(pressed(both, related), synonym)).toEqual(UNTOUCHED);
  });
});
