/** The geometry of a small line over time: pure, so that it can be tested without a screen. */

export interface Sparkline {
  /** Pieces of the line, as attributes of SVG's `points`; a gap in the values is a gap in the line. */
  lines: string[];
  /** Values that have no neighbour, which a line would not show. */
  dots: { x: number; y: number }[];
  /** The highest value, for the words beside it. */
  highest: number | undefined;
}

/** Lays values out over the width; `null` is a time at which nothing was measured. The lowest line is 0. */
export function sparklineOf(values: readonly (number | null | undefined)[], width: number, height: number): Sparkline {
  const known = values.filter((value) => typeof value === "number");
  const highest = known.length > 0 ? Math.max(...known) : undefined;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const scale = highest !== undefined && highest > 0 ? (height - 2) / highest : 0;
  const round = (value: number) => Math.round(value * 100) / 100;
  const runs: { x: number; y: number }[][] = [];
  let open = false;
  for (const [index, value] of values.entries()) {
    if (typeof value !== "number") {
      open = false;
      continue;
    }
    const point = { x: round(index * step), y: round(height - 1 - value * scale) };
    if (open) runs.at(-1)?.push(point);
    else runs.push([point]);
    open = true;
  }
  return {
    lines: runs.filter((run) => run.length > 1).map((run) => run.map(({ x, y }) => `${x},${y}`).join(" ")),
    dots: runs.filter((run) => run.length === 1).flat(),
    highest,
  };
}
