/** Use and spend: by day, by model, provider and key, and each exchange. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { describeError } from "@/lib/client";
import { dayBefore, formatCount, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import { download } from "@/lib/platform";
import type { UsageReport, UsageRow } from "@/lib/types";
import { Button } from "@/ui/button";
import { ChoiceField } from "@/ui/field";
import { Failure, Skeleton } from "@/ui/feedback";
import { PageFrame } from "@/ui/page-frame";
import { usageQuery } from "../api";
import { toCsv } from "@/lib/csv";
import { SpendChart } from "./spend-chart";
import { UsageTable } from "./usage-table";
import "../usage.css";

const route = getRouteApi("/usage");
export const RANGES = [7, 30, 90] as const;

export function UsageScreen() {
  const { days = 30 } = route.useSearch();
  const navigate = route.useNavigate();
  const report = useQuery(usageQuery(dayBefore(days - 1), dayBefore(0)));
  return (
    <PageFrame
      title={text.usage.title}
      lead={text.usage.lead}
      actions={
        <>
          <ChoiceField
            label={text.usage.range}
            name="range"
            value={String(days)}
            options={RANGES.map((value) => ({ value: String(value), label: text.usage.days(value) }))}
            onChoose={(value) =>
              void navigate({ search: (before) => ({ ...before, days: Number(value) as (typeof RANGES)[number] }) })
            }
          />
          <Button
            icon={Download}
            className="usage-export"
            disabled={!report.data}
            onClick={() =>
              report.data &&
              download(`familiar-usage-${report.data.from}-${report.data.to}.csv`, "text/csv", reportCsv(report.data))
            }
          >
            {text.usage.export}
          </Button>
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
        <Report report={report.data} />
      ) : report.isPending ? (
        <Skeleton lines={10} label={text.common.loading} />
      ) : undefined}
      <p>
        <Link to="/exchanges" className="usage-exchanges">
          {text.usage.everyExchange}
        </Link>
      </p>
    </PageFrame>
  );
}

function Report({ report }: { report: UsageReport }) {
  const { total } = report;
  const figures: [string, string, string | undefined][] = [
    [
      text.usage.spent,
      formatMoney(total.cost_usd),
      total.estimated > 0 ? text.usage.estimatedOf(total.estimated) : undefined,
    ],
    [
      text.usage.requests,
      formatCount(total.requests),
      total.failures > 0 ? text.usage.failures(total.failures) : undefined,
    ],
    [
      text.usage.tokensRead,
      formatCount(total.input_tokens),
      total.cached_input_tokens > 0 ? text.usage.cachedTokens(formatCount(total.cached_input_tokens)) : undefined,
    ],
    [
      text.usage.tokensWritten,
      formatCount(total.output_tokens),
      total.cached > 0 ? text.usage.fromCache(total.cached) : undefined,
    ],
  ];
  return (
    <>
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
      <SpendChart rows={report.by_day} />
      <UsageTable title={text.usage.byModel} rows={report.by_model} />
      <div className="usage-pair">
        <UsageTable title={text.usage.byProvider} rows={report.by_provider} narrow />
        <UsageTable title={text.usage.byKey} rows={report.by_key} narrow />
      </div>
    </>
  );
}

function reportCsv(report: UsageReport): string {
  const tables: [string, readonly UsageRow[]][] = [
    ["day", report.by_day],
    ["model", report.by_model],
    ["provider", report.by_provider],
    ["key", report.by_key],
    ["total", [report.total]],
  ];
  return toCsv(
    [
      "by",
      "name",
      "requests",
      "failures",
      "estimated",
      "cached",
      "input_tokens",
      "cached_input_tokens",
      "output_tokens",
      "cost_usd",
    ],
    tables.flatMap(([by, rows]) =>
      rows.map((row) => [
        by,
        row.name,
        row.requests,
        row.failures,
        row.estimated,
        row.cached,
        row.input_tokens,
        row.cached_input_tokens,
        row.output_tokens,
        row.cost_usd,
      ]),
    ),
  );
}
