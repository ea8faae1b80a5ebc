/** Spend by model, provider, key and so on: one at a time, with its share and its file. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { describeError } from "@/lib/client";
import { formatCount, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toDollars } from "@/lib/money";
import type { MoneyReport } from "@/lib/types";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { ScrollTable } from "@/ui/scroll-table";
import { Tabs } from "@/ui/tabs";
import { breakdownCsv, breakdownQuery } from "../api";
import { BREAKDOWNS, type Breakdown, type Period } from "../search";

export function Breakdowns({ period }: { period: Period }) {
  return (
    <section className="card" aria-labelledby="breakdown-title">
      <h2 id="breakdown-title">{text.money.breakdown}</h2>
      <Tabs
        label={text.money.breakdown}
        views={BREAKDOWNS.map((by) => ({
          id: by,
          label: text.money.by[by],
          content: <Rows by={by} period={period} />,
        }))}
      />
    </section>
  );
}

function Rows({ by, period }: { by: Breakdown; period: Period }) {
  const { data, error, refetch } = useQuery(breakdownQuery(period, by));
  if (error && !data)
    return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={5} label={text.common.loading} />;
  if (data.rows.length === 0) return <Empty title={text.money.nothing}>{text.money.nothingHint}</Empty>;
  return (
    <>
      <RowTable by={by} report={data} />
      <p className="money-row">
        {data.overlap ? (
          <span className="field-hint">{text.money.overlap(formatMoney(data.overlap.cost_usd))}</span>
        ) : undefined}
        <a className="button button-quiet" href={breakdownCsv(period, by)} download>
          <Download size={16} aria-hidden />
          {`${text.money.export}: ${text.money.by[by].toLowerCase()}`}
        </a>
      </p>
    </>
  );
}

function RowTable({ by, report }: { by: Breakdown; report: MoneyReport }) {
  const title = text.money.byTitle(text.money.by[by]);
  const total = toDollars(report.total.cost_usd);
  const columns = [text.money.requests, text.money.failed, text.money.tokensRead, text.money.tokensWritten];
  return (
    <ScrollTable label={title}>
      <table className="table numeric" aria-label={title}>
        <thead>
          <tr>
            <th scope="col">{text.money.by[by]}</th>
            {columns.map((column) => (
              <th key={column} scope="col" className="end">
                {column}
              </th>
            ))}
            <th scope="col" className="end">
              {text.money.spent}
            </th>
            <th scope="col">{text.money.share}</th>
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row) => {
            const name = row.label ?? row.name;
            const share = total > 0 ? toDollars(row.sums.cost_usd) / total : 0;
            const percent = Math.round(share * 1000) / 10;
            return (
              <tr key={row.name}>
                <th scope="row" className="money-name">
                  {by === "conversation" && row.label ? (
                    <Link to="/c/$conversationId" params={{ conversationId: row.name }}>
                      {name}
                    </Link>
                  ) : (
                    name
                  )}
                </th>
                {[row.sums.requests, row.sums.failures, row.sums.input_tokens, row.sums.output_tokens].map(
                  (count, index) => (
                    <td key={columns[index]} className="end">
                      {formatCount(count)}
                    </td>
                  ),
                )}
                <td className="end">{formatMoney(row.sums.cost_usd)}</td>
                <td>
                  <span className="share" role="img" aria-label={text.money.shareOf(name, percent)}>
                    <span className="share-fill" style={{ inlineSize: `${Math.min(100, share * 100)}%` }} />
                  </span>
                </td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{text.money.total}</th>
            <td className="end">{formatCount(report.total.requests)}</td>
            <td className="end">{formatCount(report.total.failures)}</td>
            <td className="end">{formatCount(report.total.input_tokens)}</td>
            <td className="end">{formatCount(report.total.output_tokens)}</td>
            <td className="end" data-total={by}>
              {formatMoney(report.total.cost_usd)}
            </td>
            <td>{total > 0 ? "100 %" : ""}</td>
          </tr>
        </tfoot>
      </table>
    </ScrollTable>
  );
}
