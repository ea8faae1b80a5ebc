import { describe, expect, it } from "vitest";
import { apiQuery, filterOf, isFiltered, parseExchangeSearch, withoutFilters } from "./filters";

const FULL = {
  q: "timeout",
  model: "openai/gpt-4o",
  provider: "openai",
  key: "editor",
  route: "main",
  operation: "chat",
  tag: "conversation:1",
  outcome: "failed",
  from: "2026-11-01",
  to: "2026-11-21",
} as const;

describe("filters and address", () => {
  it("go round without loss", () => expect(filterOf(parseExchangeSearch({ ...FULL }))).toEqual(FULL));

  it("keep what else the address says apart", () => {
    const search = parseExchangeSearch({ ...FULL, open: "x1", keeping: true, passage: "p1" });
    expect(filterOf(search)).toEqual(FULL);
    expect(withoutFilters(search)).toEqual({ open: "x1", keeping: true, passage: "p1" });
  });

  it.each([
    [{ outcome: "great" }],
    [{ from: "yesterday", to: "2026-13-40" }],
    [{ q: "  ", model: "", tag: ["a"], key: null }],
    [{ nonsense: 1 }],
    [{}],
  ])("leave out %j", (search) => {
    const filter = filterOf(parseExchangeSearch(search as Record<string, unknown>));
    expect(filter).toEqual({});
    expect(isFiltered(filter)).toBe(false);
  });

  it("take figures for words", () => expect(filterOf(parseExchangeSearch({ q: 42 }))).toEqual({ q: "42" }));

  it("count the last day in", () => {
    expect(apiQuery({ from: "2026-11-30", to: "2026-11-30", model: "m" })).toEqual({
      model: "m",
      from: "2026-11-30T00:00:00Z",
      to: "2026-12-01T00:00:00.000Z",
    });
    expect(apiQuery({})).toEqual({ from: undefined, to: undefined });
  });
});
