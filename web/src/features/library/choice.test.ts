import { describe, expect, it } from "vitest";
import { chosenCount, choiceOf, listed, NOTHING, parseChoiceSearch, searchOf, toggled, written } from "./choice";

describe("a choice by facets", () => {
  it("goes through the address and back", () => {
    const choice = toggled(toggled(NOTHING, "collection", "Books, old\\new"), "type", "spell");
    const search = searchOf({ ...choice, levelMin: "0.25" });
    expect(choiceOf(parseChoiceSearch(search))).toEqual({ ...choice, levelMin: "0.25", levelMax: undefined });
    expect(chosenCount(choiceOf(search))).toBe(3);
    expect(searchOf(NOTHING)).toEqual(
      Object.fromEntries(
        [
          "type",
          "school",
          "document_kind",
          "tag",
          "source",
          "format",
          "collection",
          "added",
          "level_min",
          "level_max",
        ].map((name) => [name, undefined]),
      ),
    );
  });

  it("lets commas stand in values", () => {
    expect(listed(written(["a,b", "c\\"]))).toEqual(["a,b", "c\\"]);
    expect(listed(",,")).toEqual([]);
  });

  it("takes a value out again", () => {
    expect(chosenCount(toggled(toggled(NOTHING, "school", "evocation"), "school", "evocation"))).toBe(0);
  });
});
