import { describe, expect, it } from "vitest";
import { formatDifference, formatP, formatUsual, sureness } from "./figures";
import { plotOf } from "./plot";

const FRAME = { width: 500, height: 200, left: 50, right: 10, top: 10, bottom: 20 };
const point = (results: number, low: number, high: number | null) => ({
  results,
  comparisons: [{ effect: 0.02, low, high, p: 0.5 }],
});

describe("the plot of intervals", () => {
  it("keeps everything inside the frame", () => {
    const plot = plotOf([point(10, -1, null), point(100, -0.2, 0.3), point(1_000, -0.01, 0.05)], FRAME, 10);
    const numbers = plot.bands.flatMap(({ area, line }) => `${area} ${line}`.split(" "));
    for (const pair of numbers) {
      const [x, y] = pair.split(",").map(Number);
      expect(x).toBeGreaterThanOrEqual(FRAME.left);
      expect(x).toBeLessThanOrEqual(FRAME.width - FRAME.right);
      expect(y).toBeGreaterThanOrEqual(FRAME.top);
      expect(y).toBeLessThanOrEqual(FRAME.height - FRAME.bottom);
    }
    expect(plot.zero).toBe(95);
    expect(plot.lines.map(({ value }) => value)).toContain(0);
    expect(plot.marks.at(-1)?.results).toBe(1_000);
  });

  it("draws nothing of nothing", () => {
    expect(plotOf([], FRAME, 1).bands).toEqual([]);
  });
});

describe("figures", () => {
  it("read as people read them", () => {
    expect(formatUsual("success", 0.982)).toBe("98.2 %");
    expect(formatUsual("cost", 0.0031)).toBe("$0.0031");
    expect(formatUsual("latency", null)).toBe("–");
    expect(formatDifference("success", -0.031)).toBe("−3.1 points");
    expect(formatDifference("cost", 0.4)).toBe("+40 %");
    expect(formatP(0.00001)).toBe("< 0.0001");
  });

  it("say which way is better", () => {
    expect(sureness("success", { effect: 0.1, low: 0.05, high: 0.2, p: 0.01 })).toBe("better");
    expect(sureness("latency", { effect: 0.1, low: 0.05, high: null, p: 0.01 })).toBe("worse");
    expect(sureness("cost", { effect: -0.1, low: -0.2, high: 0.05, p: 0.3 })).toBe("open");
  });
});
