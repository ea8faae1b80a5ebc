/** Every call through the gateway, the latest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { describeError } from "@/lib/client";
import { formatCount, formatDuration, formatFull, formatMoney, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import { download } from "@/lib/platform";
import type { Exchange } from "@/lib/types";
import { Button } from "@/ui/button";
import { Badge, Failure, Skeleton, type Tone } from "@/ui/feedback";
import { ScrollTable } from "@/ui/scroll-table";
import { exchangesQuery } from "../api";
import { toCsv } from "../csv";

const OUTCOME_TONES: Record<string, Tone> = { ok: "good", failed: "danger", cancelled: "warn", interrupted: "warn" };

export function ExchangeTable() {
  const list = useInfiniteQuery(exchangesQuery);
  const exchanges = list.data?.pages.flatMap((page) => page.exchanges) ?? [];
  return (
    <section className="usage-table">
      <div className="chart-head">
        <h2>{text.usage.exchanges}</h2>
        <Button
          tone="quiet"
          icon={Download}
          disabled={exchanges.length === 0}
          onClick={() => download("familiar-exchanges.csv", "text/csv", exchangesCsv(exchanges))}
        >
          {text.usage.exportExchanges}
        </Button>
      </div>
      {list.isPending ? <Skeleton lines={5} label={text.common.loading} /> : undefined}
      {list.error ? (
        <Failure
          failure={describeError(list.error)}
          retryLabel={text.common.retry}
          onRetry={() => void list.refetch()}
        />
      ) : undefined}
      {list.data && exchanges.length === 0 ? <p className="field-hint">{text.usage.noExchanges}</p> : undefined}
      {exchanges.length > 0 ? (
        <ScrollTable label={text.usage.exchanges}>
          <table className="table numeric exchange-table">
            <thead>
              <tr>
                {[text.usage.when, text.usage.model, text.usage.key, text.usage.outcome].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
                {[text.usage.tokens, text.usage.firstToken, text.usage.time, text.usage.spent].map((name) => (
                  <th key={name} scope="col" className="end">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {exchanges.map((exchange) => (
                <ExchangeRow key={exchange.id} exchange={exchange} />
              ))}
            </tbody>
          </table>
        </ScrollTable>
      ) : undefined}
      {list.hasNextPage ? (
        <Button className="more-button" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {text.common.more}
        </Button>
      ) : undefined}
    </section>
  );
}

function ExchangeRow({ exchange }: { exchange: Exchange }) {
  return (
    <tr title={exchange.route}>
      <td title={formatFull(exchange.at)}>{formatWhen(exchange.at)}</td>
      <td className="usage-name">{exchange.model ?? exchange.requested}</td>
      <td>{exchange.key ?? text.usage.workbench}</td>
      <td>
        <Badge tone={OUTCOME_TONES[exchange.outcome] ?? "neutral"}>
          {text.usage.outcomeName(exchange.outcome, exchange.error ?? undefined)}
        </Badge>
        {exchange.cached ? <Badge>{text.usage.cachedBadge}</Badge> : undefined}
      </td>
      <td className="end">
        {text.chat.tokensInOut(formatCount(exchange.input_tokens), formatCount(exchange.output_tokens))}
      </td>
      <td className="end">
        {typeof exchange.first_token_ms === "number" ? formatDuration(exchange.first_token_ms) : "–"}
      </td>
      <td className="end">{formatDuration(exchange.total_ms)}</td>
      <td className="end">
        {exchange.estimated && exchange.cost_usd ? "≈ " : ""}
        {formatMoney(exchange.cost_usd)}
      </td>
    </tr>
  );
}

function exchangesCsv(exchanges: readonly Exchange[]): string {
  return toCsv(
    [
      "id",
      "at",
      "key",
      "requested",
      "model",
      "outcome",
      "error",
      "input_tokens",
      "cached_input_tokens",
      "output_tokens",
      "cost_usd",
      "estimated",
      "cached",
      "first_token_ms",
      "total_ms",
      "attempts",
      "route",
    ],
    exchanges.map((row) => [
      row.id,
      row.at,
      row.key,
      row.requested,
      row.model,
      row.outcome,
      row.error,
      row.input_tokens,
      row.cached_input_tokens,
      row.output_tokens,
      row.cost_usd,
      row.estimated,
      row.cached,
      row.first_token_ms,
      row.total_ms,
      row.attempts,
      row.route,
    ]),
  );
}
