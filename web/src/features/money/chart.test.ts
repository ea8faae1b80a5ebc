import { describe, expect, it } from "vitest";
import { barsOf, niceStep, type Slot } from "./chart";

const slot = (...usd: string[]): Slot => ({
  name: "2026-11-21",
  total: String(usd.reduce((sum, one) => sum + Number(one), 0).toFixed(9)),
  parts: usd.map((one, index) => ({ name: String(index), usd: one })),
});
const frame = { width: 700, height: 220, left: 60, bottom: 20, top: 10 };

describe("chart", () => {
  it.each([0, 0.000001, 0.0034, 0.7, 1, 9.99, 10, 123_456])("draws two to six lines for %d dollars", (largest) => {
    const { lines, bars } = barsOf([slot(largest.toFixed(9)), slot("0.00")], frame);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.length).toBeLessThanOrEqual(6);
    expect(bars[0]?.pieces[0]?.height).toBeLessThanOrEqual(190.001);
    expect(bars[1]?.pieces[0]?.height).toBe(0);
  });

  it("makes bars as high as the amounts say, one part upon the other", () => {
    const { bars } = barsOf([slot("1.00"), slot("1.50", "0.50")], frame);
    const [one, two] = bars;
    expect((two?.pieces[0]?.height ?? 0) / (one?.pieces[0]?.height ?? 1)).toBeCloseTo(1.5);
    const [below, above] = two?.pieces ?? [];
    expect((above?.y ?? 0) + (above?.height ?? 0)).toBeCloseTo(below?.y ?? -1);
    expect(two?.y).toBeCloseTo(above?.y ?? -1);
  });

  it("steps in ones, twos and fives", () => {
    expect([niceStep(3), niceStep(7), niceStep(12), niceStep(0)]).toEqual([1, 2, 5, 1]);
  });
});
