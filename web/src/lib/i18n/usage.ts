/** Words of use and spend. */
import { plural } from "./plural";

export const usage = {
  title: "Usage",
  lead: "From the ledger, which counts every call through the gateway. Days are in UTC.",
  range: "Period",
  days: (count: number) => `${count} days`,
  export: "Export as CSV",
  spent: "Spent",
  requests: "Requests",
  failed: "Failed",
  failures: (count: number) => `${plural(count, "failure", "failures")}`,
  estimatedOf: (count: number) => `${plural(count, "call", "calls")} estimated`,
  tokensRead: "Tokens read",
  tokensWritten: "Tokens written",
  cachedTokens: (count: string) => `${count} from cache`,
  fromCache: (count: number) => `${plural(count, "answer", "answers")} from cache`,
  byDay: "Spend by day",
  byModel: "By model",
  byProvider: "By provider",
  byKey: "By key",
  chartLabel: (total: string, days: number) =>
    `Spend by day: ${total} in ${plural(days, "day", "days")}. The table has the figures.`,
  pointed: (day: string, cost: string, requests: number) =>
    `${day}: ${cost}, ${plural(requests, "request", "requests")}`,
  asTable: "Show as table",
  asChart: "Show as chart",
  day: "Day",
  name: "Name",
  nothing: "Nothing in this period.",
  everyExchange: "See each exchange",
} as const;
