import { describe, expect, it } from "vitest";
import type { UsageRow } from "@/lib/types";
import { chartOf, niceStep } from "./chart";

const row = (cost_usd: string): UsageRow => ({
  name: "2026-11-21",
  requests: 1,
  failures: 0,
  estimated: 0,
  cached: 0,
  input_tokens: 0,
  cached_input_tokens: 0,
  output_tokens: 0,
  cost_usd,
});
const frame = { width: 700, height: 220, left: 60, bottom: 20, top: 10 };

describe("chart", () => {
  it.each([0, 0.000001, 0.0034, 0.7, 1, 9.99, 10, 123_456])("draws two to six lines for %d dollars", (largest) => {
    const { lines, bars } = chartOf([row(largest.toFixed(9)), row("0.00")], frame);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.length).toBeLessThanOrEqual(6);
    expect(bars[0]?.height).toBeLessThanOrEqual(190.001);
    expect(bars[1]?.height).toBe(0);
  });

  it("makes bars as high as the amounts say", () => {
    const { bars } = chartOf([row("1.00"), row("2.00")], frame);
    expect((bars[1]?.height ?? 0) / (bars[0]?.height ?? 1)).toBeCloseTo(2);
  });

  it("steps in ones, twos and fives", () => {
    expect([niceStep(3), niceStep(7), niceStep(12), niceStep(0)]).toEqual([1, 2, 5, 1]);
  });
});
