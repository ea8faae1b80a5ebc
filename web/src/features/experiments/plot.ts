/** The geometry of the plot of intervals over results: pure, so that it can be tested without a screen. */
import type { TrailPoint } from "@/lib/types";

export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Plot {
  /** One for each variant but the first: the outline of what is not refuted, and the line of what is seen. */
  bands: { area: string; line: string }[];
  /** Lines across: where, and which difference. */
  lines: { y: number; value: number }[];
  /** Marks along the results. */
  marks: { x: number; results: number }[];
  /** Where there is no difference. */
  zero: number;
}

/** No band reaches further than so many times what is seen at the end: intervals begin with no bound at all. */
const REACH = 2;
const LEAST_REACH = 0.05;

/** `furthest` is the largest difference there can be or is worth showing. Results are drawn by their square root: intervals shrink with it. */
export function plotOf(trail: readonly TrailPoint[], frame: Frame, furthest: number): Plot {
  const last = trail.at(-1);
  const most = Math.max(1, last?.results ?? 1);
  const count = last?.comparisons.length ?? 0;
  const ends = (last?.comparisons ?? []).flatMap(({ low, high }) => [Math.abs(low), Math.abs(high ?? low)]);
  const reach = Math.max(LEAST_REACH, Math.min(furthest, REACH * Math.max(0, ...ends.filter(Number.isFinite))));
  const step = niceStep(reach);
  const top = Math.ceil(reach / step - 1e-9) * step;
  const inner = frame.height - frame.top - frame.bottom;
  const yOf = (value: number) => frame.top + (inner * (1 - Math.min(1, Math.max(-1, value / top)))) / 2;
  const wide = frame.width - frame.left - frame.right;
  const xOf = (results: number) => frame.left + wide * Math.sqrt(results / most);
  const at = (x: number, y: number) => `${x.toFixed(1)},${y.toFixed(1)}`;
  const bands = Array.from({ length: count }, (_, index) => {
    const points = trail.flatMap(({ results, comparisons }) => {
      const one = comparisons[index];
      return one ? [{ x: xOf(results), ...one, high: one.high ?? top }] : [];
    });
    const upper = points.map(({ x, high }) => at(x, yOf(high)));
    const lower = points.map(({ x, low }) => at(x, yOf(low))).toReversed();
    const line = points.map(({ x, effect }) => at(x, yOf(effect)));
    return { area: [...upper, ...lower].join(" "), line: line.join(" ") };
  });
  const rows = Math.round(top / step);
  const lines = Array.from({ length: 2 * rows + 1 }, (_, index) => (index - rows) * step).map((value) => ({
    value: Math.abs(value) < 1e-12 ? 0 : value,
    y: yOf(value),
  }));
  const marks = [0.1, 0.25, 0.5, 1].map((part) => Math.round(most * part)).filter((results) => results > 0);
  return { bands, lines, marks: [...new Set(marks)].map((results) => ({ results, x: xOf(results) })), zero: yOf(0) };
}

/** 1, 2 or 5 times a power of ten, so that there are one to three lines on each side. */
function niceStep(reach: number): number {
  const power = 10 ** Math.floor(Math.log10(reach / 2));
  return ([1, 2, 5, 10].find((factor) => reach / (factor * power) <= 3) ?? 10) * power;
}
