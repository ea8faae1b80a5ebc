import { describe, expect, it } from "vitest";
import { sparklineOf } from "./sparkline";

describe("sparklineOf", () => {
  it("spreads values over the width, the highest at the top and zero at the bottom", () => {
    expect(sparklineOf([0, 5, 10], 100, 22)).toEqual({ lines: ["0,21 50,11 100,1"], dots: [], highest: 10 });
  });

  it("breaks where nothing was measured, and keeps a lonely value as a dot", () => {
    expect(sparklineOf([1, 1, null, 2, undefined, 1, 1], 60, 12)).toEqual({
      lines: ["0,6 10,6", "50,6 60,6"],
      dots: [{ x: 30, y: 1 }],
      highest: 2,
    });
  });

  it.each([
    [[], undefined],
    [[null, null], undefined],
    [[0], 0],
    [[0, 0], 0],
  ])("stays inside for %j", (values, highest) => {
    const line = sparklineOf(values, 40, 10);
    expect(line.highest).toBe(highest);
    for (const { x, y } of line.dots) expect([x, y]).toEqual([0, 9]);
    for (const points of line.lines) expect(points).toBe("0,9 40,9");
  });
});
