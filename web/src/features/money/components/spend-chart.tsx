/** Spend over time: stacked bars for the eye, arrow keys from bar to bar, and the same figures as a table for everyone. */
import { useMemo, useState, type KeyboardEvent } from "react";
import { formatDay, formatLongDay, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import { sumDollars, toNanos } from "@/lib/money";
import type { MoneyAnomaly, MoneyReport } from "@/lib/types";
import { Button } from "@/ui/button";
import { ScrollTable } from "@/ui/scroll-table";
import { barsOf, type Slot } from "../chart";
import { STACKS, type Stack } from "../search";
import { toTheEnd } from "../scroll";
import { COLOURS, OTHERS, slotsOf } from "../series";

const FRAME = { width: 960, height: 240, left: 64, bottom: 26, top: 16 };
/** Moves from bar to bar. */
const STEPS: Partial<Record<string, number>> = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

export interface SpendChartProps {
  report: MoneyReport;
  stack: Stack;
  strange: readonly MoneyAnomaly[];
  onStack: (stack: Stack) => void;
}

export function SpendChart({ report, stack, strange, onStack }: SpendChartProps) {
  const { slots, parts } = useMemo(() => slotsOf(report), [report]);
  const [asTable, setAsTable] = useState(false);
  const [at, setAt] = useState<number>();
  const by = report.by === "hour" ? "hour" : "day";
  const title = text.money.overTime[by];
  const anomalies = new Map(strange.map((one) => [one.day, one]));
  const pointed = at === undefined ? undefined : slots[at];
  return (
    <section className="card chart" aria-labelledby="spend-title">
      <div className="chart-head">
        <h2 id="spend-title">{title}</h2>
        <label className="money-inline">
          <span>{text.money.stack}</span>
          <select className="input select" value={stack} onChange={(event) => onStack(event.target.value as Stack)}>
            {STACKS.map((one) => (
              <option key={one} value={one}>
                {text.money.stacks[one]}
              </option>
            ))}
          </select>
        </label>
        <Button tone="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? text.money.asChart : text.money.asTable}
        </Button>
      </div>
      {asTable ? (
        <SlotTable slots={slots} parts={parts} title={title} heading={text.money.when[by]} anomalies={anomalies} />
      ) : (
        <>
          <Bars {...{ slots, parts, title, at, setAt, anomalies }} />
          <p className="chart-pointed numeric" aria-hidden>
            {pointed ? describe(pointed, anomalies.get(pointed.name)) : " "}
          </p>
          <Legend parts={parts} />
        </>
      )}
    </section>
  );
}

interface BarsProps {
  slots: readonly Slot[];
  parts: readonly string[];
  title: string;
  at: number | undefined;
  setAt: (at: number | undefined) => void;
  anomalies: ReadonlyMap<string, MoneyAnomaly>;
}

function Bars({ slots, parts, title, at, setAt, anomalies }: BarsProps) {
  const chart = useMemo(() => barsOf(slots, FRAME), [slots]);
  const total = formatMoney(sumDollars(slots.map((slot) => slot.total)));
  const last = Math.max(0, slots.length - 1);
  const current = Math.min(at ?? last, last);
  const pointed = slots[current];
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    const target = event.key === "Home" ? 0 : event.key === "End" ? last : step ? (at ?? last + 1) + step : undefined;
    if (target === undefined) return;
    event.preventDefault();
    setAt(Math.min(last, Math.max(0, target)));
  };
  const every = Math.ceil(slots.length / 10);
  return (
    <div
      ref={toTheEnd}
      className="chart-scroll"
      role="slider"
      tabIndex={0}
      aria-label={text.money.chartLabel(title, total, slots.length)}
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={current}
      aria-valuetext={pointed ? describe(pointed, anomalies.get(pointed.name)) : text.money.nothing}
      onKeyDown={move}
      onPointerLeave={() => setAt(undefined)}
    >
      <svg viewBox={`0 0 ${FRAME.width} ${FRAME.height}`} aria-hidden>
        {chart.lines.map((line) => (
          <g key={line.y}>
            <line x1={FRAME.left} x2={FRAME.width} y1={line.y} y2={line.y} className="chart-line" />
            <text x={FRAME.left - 8} y={line.y + 4} textAnchor="end" className="chart-text">
              {formatMoney(line.dollars.toFixed(9))}
            </text>
          </g>
        ))}
        {chart.bars.map((bar, index) => (
          <g key={bar.slot.name} data-pointed={index === at || undefined} onPointerEnter={() => setAt(index)}>
            <rect
              x={bar.x - bar.width * 0.19}
              y={FRAME.top}
              width={bar.width * 1.38}
              height={FRAME.height - FRAME.top - FRAME.bottom}
              className="chart-slot"
            />
            {bar.pieces.map((piece) =>
              piece.height > 0 ? (
                <rect
                  key={piece.name}
                  x={bar.x}
                  y={piece.y}
                  width={bar.width}
                  height={piece.height}
                  className="chart-bar"
                  data-series={seriesOf(parts, piece.name)}
                />
              ) : undefined,
            )}
            {anomalies.has(bar.slot.name) ? (
              <path
                d={`M${bar.x + bar.width / 2} ${Math.max(bar.y - 4, 10)}l-5 -8h10z`}
                className="chart-mark"
                data-day={bar.slot.name}
              />
            ) : undefined}
            {index % every === 0 ? (
              <text x={bar.x + bar.width / 2} y={FRAME.height - 8} textAnchor="middle" className="chart-text">
                {shortTime(bar.slot.name)}
              </text>
            ) : undefined}
          </g>
        ))}
      </svg>
    </div>
  );
}

function Legend({ parts }: { parts: readonly string[] }) {
  if (parts.length === 0) return undefined;
  return (
    <ul className="legend" aria-label={text.money.legend}>
      {parts.map((part) => (
        <li key={part}>
          <span className="legend-colour" data-series={seriesOf(parts, part)} aria-hidden />
          {part}
        </li>
      ))}
    </ul>
  );
}

interface SlotTableProps {
  slots: readonly Slot[];
  parts: readonly string[];
  title: string;
  heading: string;
  anomalies: ReadonlyMap<string, MoneyAnomaly>;
}

function SlotTable({ slots, parts, title, heading, anomalies }: SlotTableProps) {
  return (
    <ScrollTable label={text.money.tableOf(title)} className="chart-table">
      <table className="table numeric">
        <thead>
          <tr>
            <th scope="col">{heading}</th>
            {parts.map((part) => (
              <th key={part} scope="col" className="end">
                {part}
              </th>
            ))}
            <th scope="col" className="end">
              {text.money.total}
            </th>
          </tr>
        </thead>
        <tbody>
          {slots.toReversed().map((slot) => (
            <tr key={slot.name}>
              <th scope="row">
                {longTime(slot.name)}
                {anomalies.has(slot.name) ? ` (${text.money.strange})` : ""}
              </th>
              {slot.parts.map((part) => (
                <td key={part.name} className="end">
                  {formatMoney(part.usd)}
                </td>
              ))}
              <td className="end">{formatMoney(slot.total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollTable>
  );
}

/** The colour of a part, 1 to 6. */
function seriesOf(parts: readonly string[], name: string): number {
  return name === OTHERS ? COLOURS : Math.max(0, parts.indexOf(name)) + 1;
}

function describe(slot: Slot, strange: MoneyAnomaly | undefined): string {
  const parts = slot.parts.filter((part) => (toNanos(part.usd) ?? 0n) !== 0n);
  const words = [text.money.pointed(longTime(slot.name), formatMoney(slot.total))];
  if (parts.length > 1) words.push(parts.map((part) => text.money.part(part.name, formatMoney(part.usd))).join(", "));
  if (strange)
    words.push(
      `${text.money.strange}, ${text.money.strangeHint(formatMoney(strange.expected_usd), formatMoney(strange.upper_usd))}`,
    );
  return words.join("; ");
}

/** `2026-11-21` or `2026-11-21T14`. */
const hourOf = (name: string) => (name.length > 10 ? `${name.slice(11)}:00` : undefined);

function shortTime(name: string): string {
  return hourOf(name) ?? formatDay(name);
}

function longTime(name: string): string {
  const hour = hourOf(name);
  const day = formatLongDay(name.slice(0, 10));
  return hour ? `${day}, ${hour}` : day;
}
