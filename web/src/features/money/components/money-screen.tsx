/** Money: what was spent and saved, how it goes on, budgets, and what somebody should know. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { describeError } from "@/lib/client";
import { formatCount, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toDollars } from "@/lib/money";
import type { MoneyReport, Savings } from "@/lib/types";
import { Failure, Skeleton } from "@/ui/feedback";
import { PageFrame } from "@/ui/page-frame";
import { anomaliesQuery, savingsQuery, spendCsv, spendQuery } from "../api";
import { periodOf, type MoneySearch } from "../search";
import { AlertList } from "./alert-list";
import { Breakdowns } from "./breakdowns";
import { BudgetList } from "./budget-list";
import { ForecastSection } from "./forecast-section";
import { RangePicker } from "./range-picker";
import { SavingsSection } from "./savings-section";
import { SpendChart } from "./spend-chart";
import "../money.css";

const route = getRouteApi("/money");

export function MoneyScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const go = (change: Partial<MoneySearch>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  const period = periodOf(search);
  const stack = search.stack ?? "provider";
  const report = useQuery(spendQuery(period, stack));
  const savings = useQuery(savingsQuery(period));
  const strange = useQuery(anomaliesQuery(period));
  return (
    <PageFrame
      title={text.money.title}
      lead={text.money.lead}
      actions={
        <>
          <RangePicker search={search} onChange={go} />
          <a className="button button-plain money-export" href={spendCsv(period, stack)} download>
            <Download size={16} aria-hidden />
            {text.money.export}
          </a>
        </>
      }
    >
      {report.error ? (
        <Failure
          failure={describeError(report.error)}
          retryLabel={text.common.retry}
          onRetry={() => void report.refetch()}
        />
      ) : undefined}
      {report.data ? (
        <>
          <Figures total={report.data.total} savings={savings.data} />
          <SpendChart
            report={report.data}
            stack={stack}
            strange={strange.data?.anomalies ?? []}
            onStack={(next) => go({ stack: next })}
          />
        </>
      ) : report.isPending ? (
        <Skeleton lines={10} label={text.common.loading} />
      ) : undefined}
      <div className="money-pair">
        <BudgetList />
        <AlertList />
      </div>
      <ForecastSection step={search.step ?? "day"} onStep={(step) => go({ step })} />
      <Breakdowns period={period} />
      {savings.data ? <SavingsSection savings={savings.data} /> : undefined}
      <p>
        <Link to="/exchanges">{text.money.everyExchange}</Link>
      </p>
    </PageFrame>
  );
}

function Figures({ total, savings }: { total: MoneyReport["total"]; savings: Savings | undefined }) {
  const baseline = toDollars(savings?.baseline_usd);
  const saved = toDollars(savings?.saved_usd);
  const figures: [string, string, string | undefined][] = [
    [
      text.money.spent,
      formatMoney(total.cost_usd),
      total.estimated > 0 ? text.money.estimatedOf(total.estimated) : undefined,
    ],
    [
      text.money.saved,
      formatMoney(savings?.saved_usd),
      baseline > 0 && saved > 0 ? text.money.ofBaseline(Math.round((saved / baseline) * 100)) : undefined,
    ],
    [
      text.money.requests,
      formatCount(total.requests),
      total.failures > 0 ? text.money.failures(total.failures) : undefined,
    ],
    [
      text.money.tokensRead,
      formatCount(total.input_tokens),
      total.cached_input_tokens > 0 ? text.money.cachedTokens(formatCount(total.cached_input_tokens)) : undefined,
    ],
    [
      text.money.tokensWritten,
      formatCount(total.output_tokens),
      total.cached > 0 ? text.money.fromCache(total.cached) : undefined,
    ],
  ];
  return (
    <dl className="figures numeric">
      {figures.map(([name, value, note]) => (
        <div key={name} className="card figure">
          <dt>{name}</dt>
          <dd>
            <span className="figure-value" data-figure={name}>
              {value}
            </span>
            {note ? <span className="figure-note">{note}</span> : undefined}
          </dd>
        </div>
      ))}
    </dl>
  );
}
