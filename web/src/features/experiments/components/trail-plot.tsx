/** The interval of each variant as results came: bands for the eye, and the same figures as a table for everyone. */
import { useMemo, useState } from "react";
import { formatCompact, formatCount } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { TrailPoint } from "@/lib/types";
import { Button } from "@/ui/button";
import { ScrollTable } from "@/ui/scroll-table";
import { formatDifference, formatP, isShare } from "../figures";
import { plotOf } from "../plot";

const FRAME = { width: 640, height: 260, left: 84, right: 12, top: 10, bottom: 26 };

export interface TrailPlotProps {
  trail: readonly TrailPoint[];
  /** The variants but the first. */
  names: readonly string[];
  goal: string;
}

export function TrailPlot({ trail, names, goal }: TrailPlotProps) {
  const plot = useMemo(() => plotOf(trail, FRAME, isShare(goal) ? 1 : 10), [trail, goal]);
  const [asTable, setAsTable] = useState(false);
  const results = trail.at(-1)?.results ?? 0;
  if (trail.length < 2) return <p className="field-hint">{text.experiments.plotEmpty}</p>;
  return (
    <div className="trail">
      <div className="trail-head">
        <ul className="trail-names">
          {names.map((name, index) => (
            <li key={name} data-band={index}>
              {name}
            </li>
          ))}
        </ul>
        <Button tone="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? text.experiments.asPlot : text.experiments.asTable}
        </Button>
      </div>
      {asTable ? (
        <TrailTable trail={trail} names={names} goal={goal} />
      ) : (
        <div className="trail-scroll" tabIndex={0} role="region" aria-label={text.experiments.plotRegion}>
          <svg
            viewBox={`0 0 ${FRAME.width} ${FRAME.height}`}
            role="img"
            aria-label={text.experiments.plotLabel(text.experiments.goal(goal), results)}
          >
            {plot.lines.map(({ y, value }) => (
              <g key={value}>
                <line
                  x1={FRAME.left}
                  x2={FRAME.width - FRAME.right}
                  y1={y}
                  y2={y}
                  className={value === 0 ? "trail-zero" : "trail-line"}
                />
                <text x={FRAME.left - 8} y={y + 4} textAnchor="end" className="trail-text">
                  {value === 0 ? "0" : formatDifference(goal, value)}
                </text>
              </g>
            ))}
            {plot.marks.map(({ x, results: mark }) => (
              <text key={mark} x={x} y={FRAME.height - 8} textAnchor="end" className="trail-text">
                {formatCompact(mark)}
              </text>
            ))}
            {plot.bands.map(({ area, line }, index) => (
              <g key={names[index] ?? index} data-band={index}>
                <polygon points={area} className="trail-band" />
                <polyline points={line} className="trail-seen" />
              </g>
            ))}
          </svg>
        </div>
      )}
    </div>
  );
}

/** Most rows of the table: the latest points. */
const ROWS = 60;

function TrailTable({ trail, names, goal }: TrailPlotProps) {
  const rows = trail.toReversed().slice(0, ROWS);
  return (
    <ScrollTable label={text.experiments.plotRegion} className="trail-table">
      <table className="table numeric">
        <thead>
          <tr>
            <th scope="col">{text.experiments.after}</th>
            <th scope="col">{text.experiments.variant}</th>
            <th scope="col">{text.experiments.seen}</th>
            <th scope="col">{text.experiments.surely}</th>
            <th scope="col">{text.experiments.pValue}</th>
          </tr>
        </thead>
        <tbody>
          {rows.flatMap(({ results, comparisons }) =>
            comparisons.map(({ effect, low, high, p }, index) => (
              <tr key={`${results}-${index}`}>
                <td>{formatCount(results)}</td>
                <td>{names[index]}</td>
                <td>{formatDifference(goal, effect)}</td>
                <td>
                  {formatDifference(goal, low)} …{" "}
                  {typeof high === "number" ? formatDifference(goal, high) : text.experiments.noBound}
                </td>
                <td>{formatP(p)}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </ScrollTable>
  );
}
