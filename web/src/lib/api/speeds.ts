/** How quick models were here: medians of the latest exchanges in the ledger. */
import { queryOptions } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { Exchange, ExchangeList } from "@/lib/types";

/** As many as the server gives at once. */
const LOOKED_AT = 500;
/** Below this an answer came in one piece, which tells no speed. */
const MEASURABLE_MS = 50;

export interface Speed {
  /** Streamed answers that the medians are of. */
  calls: number;
  firstTokenMs: number;
  /** Missing where no answer was long enough to tell. */
  tokensPerSecond: number | undefined;
}

export const speedsQuery = queryOptions({
  queryKey: ["speeds"],
  queryFn: async ({ signal }) => {
    const query = { outcome: "ok", operation: "chat", limit: LOOKED_AT };
    const list = await request<ExchangeList>("GET", "/api/exchanges", { query, signal });
    return speedsOf(list.exchanges);
  },
  staleTime: 60_000,
});

/** By the model that answered, `provider/model`; what the cache answered or was not streamed tells nothing. */
export function speedsOf(exchanges: readonly Exchange[]): ReadonlyMap<string, Speed> {
  const told = exchanges.filter((one) => one.streamed && !one.cached && typeof one.first_token_ms === "number");
  const speeds = new Map<string, Speed>();
  const models = new Set(told.flatMap((one) => one.model ?? []));
  for (const model of models) {
    const calls = told.filter((one) => one.model === model);
    const rates = calls.flatMap((one) => {
      const ms = one.total_ms - (one.first_token_ms ?? 0);
      return one.estimated || one.output_tokens < 2 || ms < MEASURABLE_MS ? [] : [(one.output_tokens * 1_000) / ms];
    });
    speeds.set(model, {
      calls: calls.length,
      firstTokenMs: median(calls.map((one) => one.first_token_ms ?? 0)) ?? 0,
      tokensPerSecond: median(rates),
    });
  }
  return speeds;
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
