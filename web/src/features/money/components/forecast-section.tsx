/** How spend goes on: the forecast with its band, how good such forecasts were, and the figures as a table. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { describeError } from "@/lib/client";
import { formatDay, formatMoney, formatShare } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toDollars } from "@/lib/money";
import type { MoneyForecast } from "@/lib/types";
import { Button } from "@/ui/button";
import { Badge, Failure, Notice, Skeleton } from "@/ui/feedback";
import { ScrollTable } from "@/ui/scroll-table";
import { forecastQuery } from "../api";
import { scaleOf } from "../chart";
import { toTheEnd } from "../scroll";
import { STEPS, type Step } from "../search";

const FRAME = { width: 960, height: 220, left: 64, bottom: 26, top: 10 };
/** Steps of the past that are shown for each of the forecast. */
const PAST = 2;

type Figures = NonNullable<MoneyForecast["forecast"]>;

export function ForecastSection({ step, onStep }: { step: Step; onStep: (step: Step) => void }) {
  const { data, error, refetch } = useQuery(forecastQuery(step));
  const [asTable, setAsTable] = useState(false);
  const figures = data?.forecast;
  return (
    <section className="card chart" aria-labelledby="forecast-title">
      <div className="chart-head">
        <h2 id="forecast-title">{text.money.forecast}</h2>
        {figures ? (
          <Badge tone="accent">
            {text.money.patterns[figures.pattern as keyof typeof text.money.patterns] ?? figures.pattern}
          </Badge>
        ) : undefined}
        <label className="money-inline">
          <span>{text.money.step}</span>
          <select className="input select" value={step} onChange={(event) => onStep(event.target.value as Step)}>
            {STEPS.map((one) => (
              <option key={one} value={one}>
                {text.money.steps[one]}
              </option>
            ))}
          </select>
        </label>
        {figures ? (
          <Button tone="quiet" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
            {asTable ? text.money.asChart : text.money.asTable}
          </Button>
        ) : undefined}
      </div>
      {error && !data ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={5} label={text.common.loading} /> : undefined}
      {data && !figures ? (
        <Notice
          title={data.summary}
          hint={
            data.not_enough
              ? text.money.notEnough(data.not_enough.have, data.not_enough.need, text.money.steps[step].toLowerCase())
              : undefined
          }
        />
      ) : undefined}
      {data && figures ? (
        <>
          <p data-testid="forecast-summary">{data.summary}</p>
          {asTable ? <PointTable figures={figures} /> : <Band forecast={data} figures={figures} step={step} />}
          <p className="field-hint">
            <strong>{text.money.backtestTitle}.</strong> {backtest(figures)}
          </p>
        </>
      ) : undefined}
    </section>
  );
}

function backtest({ backtest: { origins, relative_error, error_percent, coverage_percent } }: Figures): string {
  return text.money.backtest(
    origins,
    relative_error.toFixed(2),
    formatShare(error_percent / 100, 0),
    typeof coverage_percent === "number" ? formatShare(coverage_percent / 100, 0) : text.money.backtestNoCoverage,
  );
}

function Band({ forecast, figures, step }: { forecast: MoneyForecast; figures: Figures; step: Step }) {
  const drawing = useMemo(() => drawingOf(forecast, figures), [forecast, figures]);
  const label = text.money.forecastChart(figures.points.length, text.money.steps[step].toLowerCase());
  return (
    <>
      <div ref={toTheEnd} className="chart-scroll" tabIndex={0} role="region" aria-label={label}>
        <svg viewBox={`0 0 ${FRAME.width} ${FRAME.height}`} role="img" aria-label={label}>
          {drawing.lines.map((line) => (
            <g key={line.y}>
              <line x1={FRAME.left} x2={FRAME.width} y1={line.y} y2={line.y} className="chart-line" />
              <text x={FRAME.left - 8} y={line.y + 4} textAnchor="end" className="chart-text">
                {formatMoney(line.dollars.toFixed(9))}
              </text>
            </g>
          ))}
          <polygon points={drawing.band} className="forecast-band" />
          <polyline points={drawing.past} className="forecast-past" />
          <polyline points={drawing.next} className="forecast-next" />
          {drawing.names.map(({ x, name }) => (
            <text key={name} x={x} y={FRAME.height - 8} textAnchor="middle" className="chart-text">
              {name.length > 10 ? `${name.slice(11)}:00` : formatDay(name)}
            </text>
          ))}
        </svg>
      </div>
      <ul className="legend" aria-label={text.money.legend}>
        <li>
          <span className="legend-line" data-line="past" aria-hidden />
          {text.money.history}
        </li>
        <li>
          <span className="legend-line" data-line="next" aria-hidden />
          {text.money.expected}
        </li>
        <li>
          <span className="legend-colour forecast-band-colour" aria-hidden />
          {text.money.band}
        </li>
      </ul>
    </>
  );
}

/** Lines of the past and the future, and the band, as points of SVG. */
function drawingOf(forecast: MoneyForecast, figures: Figures) {
  const past = forecast.history.slice(-PAST * figures.points.length);
  const points = figures.points;
  const amounts = [...past.map((one) => toDollars(one.usd)), ...points.map((one) => toDollars(one.upper_usd))];
  const { lines, yOf } = scaleOf(Math.max(0, ...amounts), FRAME);
  const count = past.length + points.length;
  const step = (FRAME.width - FRAME.left - 12) / Math.max(1, count - 1);
  const x = (index: number) => Math.round((FRAME.left + 6 + index * step) * 10) / 10;
  const y = (usd: string) => Math.round(yOf(toDollars(usd)) * 10) / 10;
  const of = (usds: readonly string[], from: number) => usds.map((usd, index) => `${x(from + index)},${y(usd)}`);
  const last = past.at(-1)?.usd;
  const from = past.length - (last === undefined ? 0 : 1);
  const begin = last === undefined ? [] : [last];
  const upper = of([...begin, ...points.map((one) => one.upper_usd)], from);
  const lower = of([...begin, ...points.map((one) => one.lower_usd)], from);
  const every = Math.ceil(count / 9);
  const names = [...past.map((one) => one.at), ...points.map((one) => one.at)]
    .map((name, index) => ({ name, x: x(index) }))
    .filter((_, index) => index % every === Math.floor(every / 2));
  return {
    lines,
    names,
    past: of(
      past.map((one) => one.usd),
      0,
    ).join(" "),
    next: of([...begin, ...points.map((one) => one.expected_usd)], from).join(" "),
    band: [...upper, ...lower.toReversed()].join(" "),
  };
}

function PointTable({ figures }: { figures: Figures }) {
  const rows = [...figures.points.map((point) => ({ name: point.at, point })), { name: "", point: figures.total }];
  return (
    <ScrollTable label={text.money.tableOf(text.money.forecast)} className="chart-table">
      <table className="table numeric">
        <thead>
          <tr>
            <th scope="col">{text.money.step}</th>
            <th scope="col" className="end">
              {text.money.expected}
            </th>
            <th scope="col" className="end">
              {text.money.bandFrom}
            </th>
            <th scope="col" className="end">
              {text.money.bandTo}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, point }) => (
            <tr key={name}>
              <th scope="row">
                {name === ""
                  ? text.money.total
                  : name.length > 10
                    ? `${formatDay(name.slice(0, 10))}, ${name.slice(11)}:00`
                    : formatDay(name)}
              </th>
              <td className="end">{formatMoney(point.expected_usd)}</td>
              <td className="end">{formatMoney(point.lower_usd)}</td>
              <td className="end">{formatMoney(point.upper_usd)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollTable>
  );
}
