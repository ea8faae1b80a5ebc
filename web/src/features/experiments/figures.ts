/** Figures of experiments as people read them. */
import { formatDuration, formatMoney, formatShare } from "@/lib/format";
import type { Comparison } from "@/lib/types";

/** Whether differences are points of a share; the others are percent of the first. */
export function isShare(metric: string): boolean {
  return metric === "success" || metric === "rating";
}

/** What is usual: `98.2 %`, `340 ms`, `$0.0031`, `54.2`. */
export function formatUsual(metric: string, usual: number | null | undefined): string {
  if (usual === null || usual === undefined) return "–";
  switch (metric) {
    case "success":
    case "rating":
      return formatShare(usual);
    case "latency":
    case "first_token":
      return formatDuration(usual);
    case "cost":
      return formatMoney(usual.toFixed(9));
    default:
      return usual.toFixed(1);
  }
}

/** A difference with its sign: `+3.1 points`, `−12.0 %`. */
export function formatDifference(metric: string, difference: number): string {
  const value = Math.abs(difference * 100);
  const sign = difference < 0 ? "−" : "+";
  return `${sign}${value.toFixed(value < 10 ? 1 : 0)} ${isShare(metric) ? "points" : "%"}`;
}

export function formatP(p: number): string {
  return p < 0.0001 ? "< 0.0001" : p.toFixed(4);
}

/** Whether it is sure that there is a difference, and which way. */
export function sureness(metric: string, comparison: Comparison): "better" | "worse" | "open" {
  const high = comparison.high ?? Number.POSITIVE_INFINITY;
  if (comparison.low <= 0 && high >= 0) return "open";
  const more = comparison.low > 0;
  const moreIsBetter = isShare(metric) || metric === "tokens_per_second";
  return more === moreIsBetter ? "better" : "worse";
}
