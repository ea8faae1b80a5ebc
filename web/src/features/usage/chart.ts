/** The geometry of the spend chart: pure, so that it can be tested without a screen. */
import { toDollars } from "@/lib/money";
import type { UsageRow } from "@/lib/types";

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
  row: UsageRow;
}

export interface Chart {
  bars: Bar[];
  /** Lines across, from the bottom: where, and for how many dollars. */
  lines: { y: number; dollars: number }[];
}

export interface Frame {
  width: number;
  height: number;
  left: number;
  bottom: number;
  top: number;
}

const GAP = 0.28;

export function chartOf(rows: readonly UsageRow[], frame: Frame): Chart {
  const largest = Math.max(0, ...rows.map((row) => toDollars(row.cost_usd)));
  const step = niceStep(largest);
  const top = Math.max(step, Math.ceil(largest / step - 1e-9) * step);
  const inner = frame.height - frame.top - frame.bottom;
  const yOf = (dollars: number) => frame.top + inner * (1 - dollars / top);
  const slot = (frame.width - frame.left) / Math.max(1, rows.length);
  const bars = rows.map((row, index) => {
    const y = yOf(toDollars(row.cost_usd));
    return { row, x: frame.left + slot * (index + GAP / 2), width: slot * (1 - GAP), y, height: frame.top + inner - y };
  });
  const count = Math.round(top / step);
  const lines = Array.from({ length: count + 1 }, (_, index) => ({ y: yOf(index * step), dollars: index * step }));
  return { bars, lines };
}

/** 1, 2 or 5 times a power of ten, so that there are two to five lines. */
export function niceStep(largest: number): number {
  if (largest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(largest / 2));
  const step = [1, 2, 5, 10].find((factor) => largest / (factor * power) <= 5) ?? 10;
  return step * power;
}
