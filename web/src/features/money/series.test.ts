import { describe, expect, it } from "vitest";
import { sumDollars } from "@/lib/money";
import type { MoneyReport } from "@/lib/types";
import { COLOURS, OTHERS, slotsOf, timesOf } from "./series";

const sums = (cost_usd: string): MoneyReport["total"] => ({
  requests: 1,
  failures: 0,
  estimated: 0,
  cached: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  cost_usd,
  baseline_usd: cost_usd,
});
const report = (rows: [string, string, string][], by = "day"): MoneyReport => ({
  from: "2026-02-27T00:00:00.000Z",
  to: "2026-03-02T00:00:00.000Z",
  by,
  split: "model",
  total: sums(sumDollars(rows.map(([, , usd]) => usd))),
  rows: rows.map(([name, part, usd]) => ({ name, part, label: null, sums: sums(usd) })),
  overlap: null,
});

describe("series", () => {
  it("has every day and hour of its period", () => {
    expect(timesOf(report([]))).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
    const hours = timesOf({ ...report([], "hour"), from: "2026-02-28T22:30:00Z", to: "2026-03-01T01:00:00Z" });
    expect(hours).toEqual(["2026-02-28T22", "2026-02-28T23", "2026-03-01T00"]);
  });

  it("loses nothing, however many parts there are", () => {
    const rows = Array.from({ length: 20 }, (_, index): [string, string, string] => [
      "2026-02-28",
      `model ${index}`,
      `0.00000000${index % 10}`,
    ]);
    const { slots, parts } = slotsOf(report([...rows, ["2026-02-27", "model 3", "1.000000001"]]));
    expect(parts).toHaveLength(COLOURS);
    expect(parts[0]).toBe("model 3");
    expect(parts.at(-1)).toBe(OTHERS);
    expect(slots.map((slot) => slot.name)).toEqual(["2026-02-27", "2026-02-28", "2026-03-01"]);
    expect(sumDollars(slots.map((slot) => slot.total))).toBe("1.000000091");
    for (const slot of slots) expect(sumDollars(slot.parts.map((part) => part.usd))).toBe(slot.total);
  });
});
