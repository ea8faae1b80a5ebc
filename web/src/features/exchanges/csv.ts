/** Exchanges as a file for spreadsheets. */
import { toCsv } from "@/lib/csv";
import type { Exchange } from "@/lib/types";

const COLUMNS = [
  "id",
  "at",
  "key",
  "operation",
  "requested",
  "destination",
  "model",
  "provider",
  "outcome",
  "error",
  "streamed",
  "input_tokens",
  "cached_input_tokens",
  "output_tokens",
  "cost_usd",
  "estimated",
  "cached",
  "first_token_ms",
  "total_ms",
  "attempts",
  "tags",
  "route",
] as const satisfies readonly (keyof Exchange)[];

export function exchangesCsv(exchanges: readonly Exchange[]): string {
  return toCsv(
    COLUMNS,
    exchanges.map((row) => COLUMNS.map((column) => (column === "tags" ? row.tags.join(" ") : row[column]))),
  );
}
