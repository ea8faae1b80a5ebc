/** Spend by day: bars for the eye, and the same figures as a table for everyone. */
import { useMemo, useState } from "react";
import { formatCount, formatDay, formatLongDay, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import { sumDollars } from "@/lib/money";
import type { UsageRow } from "@/lib/types";
import { Button } from "@/ui/button";
import { ScrollTable } from "@/ui/scroll-table";
import { chartOf } from "../chart";

const FRAME = { width: 960, height: 240, left: 64, bottom: 26, top: 10 };

export function SpendChart({ rows }: { rows: readonly UsageRow[] }) {
  const chart = useMemo(() => chartOf(rows, FRAME), [rows]);
  const [asTable, setAsTable] = useState(false);
  const [pointed, setPointed] = useState<UsageRow>();
  const total = sumDollars(rows.map((row) => row.cost_usd));
  const every = Math.ceil(rows.length / 10);
  return (
    <section className="card chart">
      <div className="chart-head">
        <h2>{text.usage.byDay}</h2>
        <p className="field-hint numeric" aria-hidden>
          {pointed
            ? text.usage.pointed(formatLongDay(pointed.name), formatMoney(pointed.cost_usd), pointed.requests)
            : ""}
        </p>
        <Button tone="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? text.usage.asChart : text.usage.asTable}
        </Button>
      </div>
      {asTable ? (
        <DayTable rows={rows} />
      ) : (
        <div className="chart-scroll" tabIndex={0} role="region" aria-label={text.usage.byDay}>
          <svg
            viewBox={`0 0 ${FRAME.width} ${FRAME.height}`}
            role="img"
            aria-label={text.usage.chartLabel(formatMoney(total), rows.length)}
          >
            {chart.lines.map((line) => (
              <g key={line.y}>
                <line x1={FRAME.left} x2={FRAME.width} y1={line.y} y2={line.y} className="chart-line" />
                <text x={FRAME.left - 8} y={line.y + 4} textAnchor="end" className="chart-text">
                  {formatMoney(line.dollars.toFixed(9))}
                </text>
              </g>
            ))}
            {chart.bars.map((bar, index) => (
              <g
                key={bar.row.name}
                onPointerEnter={() => setPointed(bar.row)}
                onPointerLeave={() => setPointed(undefined)}
              >
                <rect
                  x={bar.x}
                  y={FRAME.top}
                  width={bar.width}
                  height={FRAME.height - FRAME.top - FRAME.bottom}
                  className="chart-slot"
                />
                <rect
                  x={bar.x}
                  y={bar.y}
                  width={bar.width}
                  height={bar.height}
                  rx={Math.min(3, bar.width / 3)}
                  className="chart-bar"
                />
                {index % every === 0 ? (
                  <text x={bar.x + bar.width / 2} y={FRAME.height - 8} textAnchor="middle" className="chart-text">
                    {formatDay(bar.row.name)}
                  </text>
                ) : undefined}
              </g>
            ))}
          </svg>
        </div>
      )}
    </section>
  );
}

function DayTable({ rows }: { rows: readonly UsageRow[] }) {
  return (
    <ScrollTable label={text.usage.byDay} className="chart-table">
      <table className="table numeric">
        <thead>
          <tr>
            <th scope="col">{text.usage.day}</th>
            <th scope="col" className="end">
              {text.usage.requests}
            </th>
            <th scope="col" className="end">
              {text.usage.spent}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((row) => (
            <tr key={row.name}>
              <th scope="row">{formatLongDay(row.name)}</th>
              <td className="end">{formatCount(row.requests)}</td>
              <td className="end">{formatMoney(row.cost_usd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollTable>
  );
}
