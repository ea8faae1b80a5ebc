/** The geometry of the charts of money: pure, so that it can be tested without a screen. */
import { toDollars } from "@/lib/money";

export interface Frame {
  width: number;
  height: number;
  left: number;
  bottom: number;
  top: number;
}

/** A stretch of time and what was spent in it, by parts. */
export interface Slot {
  name: string;
  total: string;
  parts: readonly Part[];
}

export interface Part {
  name: string;
  usd: string;
}

export interface Bar {
  slot: Slot;
  x: number;
  width: number;
  /** From the bottom up. */
  pieces: { name: string; y: number; height: number }[];
  /** Where the whole bar begins. */
  y: number;
}

export interface Scale {
  /** Lines across, from the bottom: where, and for how many dollars. */
  lines: { y: number; dollars: number }[];
  yOf: (dollars: number) => number;
}

const GAP = 0.28;

/** Lines at round amounts, so that the largest fits below the last. */
export function scaleOf(largest: number, frame: Frame): Scale {
  const step = niceStep(largest);
  const top = Math.max(step, Math.ceil(largest / step - 1e-9) * step);
  const inner = frame.height - frame.top - frame.bottom;
  const yOf = (dollars: number) => frame.top + inner * (1 - Math.min(dollars, top) / top);
  const count = Math.round(top / step);
  const lines = Array.from({ length: count + 1 }, (_, index) => ({ y: yOf(index * step), dollars: index * step }));
  return { lines, yOf };
}

export function barsOf(slots: readonly Slot[], frame: Frame): { bars: Bar[]; lines: Scale["lines"] } {
  const { lines, yOf } = scaleOf(Math.max(0, ...slots.map((slot) => toDollars(slot.total))), frame);
  const width = (frame.width - frame.left) / Math.max(1, slots.length);
  const bars = slots.map((slot, index) => {
    let below = 0;
    const pieces = slot.parts.map((part) => {
      const from = below;
      // What was paid back lowers nothing: bars show what was spent.
      below += Math.max(0, toDollars(part.usd));
      const y = yOf(below);
      return { name: part.name, y, height: Math.max(0, yOf(from) - y) };
    });
    return { slot, x: frame.left + width * (index + GAP / 2), width: width * (1 - GAP), pieces, y: yOf(below) };
  });
  return { bars, lines };
}

/** 1, 2 or 5 times a power of ten, so that there are two to five lines. */
export function niceStep(largest: number): number {
  if (largest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(largest / 2));
  const step = [1, 2, 5, 10].find((factor) => largest / (factor * power) <= 5) ?? 10;
  return step * power;
}
