import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contrast, PAIRS, tokensOf } from "./contrast";

const CSS = readFileSync(join(import.meta.dirname, "../../styles/tokens.css"), "utf8");

describe("contrast", () => {
  it("is measured as WCAG does", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
    expect(contrast("#0000ff", "#ffffff")).toBeCloseTo(8.59, 2);
    expect(contrast("red", "#ffffff")).toBeUndefined();
  });

  describe.each(["light", "dark"] as const)("%s", (theme) => {
    const tokens = tokensOf(CSS, theme);
    it.each(PAIRS)("$on on $ground", ({ on, ground, least }) => {
      expect(contrast(tokens.get(on) ?? "", tokens.get(ground) ?? "")).toBeGreaterThanOrEqual(least);
    });
  });

  it("is asked of both themes for the same tokens", () => {
    const names = (theme: "light" | "dark") => [...tokensOf(CSS, theme).keys()];
    expect(names("dark")).toEqual(names("light"));
    expect(names("light").length).toBeGreaterThan(25);
  });
});
