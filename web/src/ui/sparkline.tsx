/** A small line over time, with its meaning in words. */
import { useMemo } from "react";
import { sparklineOf } from "@/lib/sparkline";

const WIDTH = 96;
const HEIGHT = 22;

export function Sparkline({ values, label }: { values: readonly (number | null | undefined)[]; label: string }) {
  const { lines, dots } = useMemo(() => sparklineOf(values, WIDTH, HEIGHT), [values]);
  return (
    <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <line className="sparkline-ground" x1={0} x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
      {lines.map((points) => (
        <polyline key={points} points={points} />
      ))}
      {dots.map(({ x, y }) => (
        <circle key={x} cx={x} cy={y} r={1.6} />
      ))}
    </svg>
  );
}
