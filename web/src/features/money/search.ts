/** What the page of money shows; everything is kept in the address. */
import { dayBefore } from "@/lib/format";
import { parsePageSearch, type PageSearch } from "@/lib/passage";

export const RANGES = [1, 7, 30, 90] as const;
export type Range = (typeof RANGES)[number];
export const STACKS = ["provider", "model", "key", "project", "tag"] as const;
export type Stack = (typeof STACKS)[number];
export const BREAKDOWNS = ["model", "provider", "key", "project", "tag", "user", "conversation"] as const;
export type Breakdown = (typeof BREAKDOWNS)[number];
export const STEPS = ["hour", "day", "week", "month"] as const;
export type Step = (typeof STEPS)[number];

export interface MoneySearch extends PageSearch {
  days?: Range | undefined;
  /** A period of one's own, days in UTC. */
  from?: string | undefined;
  to?: string | undefined;
  stack?: Stack | undefined;
  step?: Step | undefined;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

export function parseMoneySearch(search: Record<string, unknown>): MoneySearch {
  const day = (value: unknown) => (typeof value === "string" && DAY.test(value) ? value : undefined);
  return {
    ...parsePageSearch(search),
    days: RANGES.find((days) => days === Number(search["days"])),
    from: day(search["from"]),
    to: day(search["to"]),
    stack: STACKS.find((stack) => stack === search["stack"]),
    step: STEPS.find((step) => step === search["step"]),
  };
}

export interface Period {
  from: string;
  to: string;
  by: "hour" | "day";
}

/** The period of the address: one's own days, or so many up to now. */
export function periodOf({ days = 30, from, to }: MoneySearch, now: Date = new Date()): Period {
  if (from && to && from <= to) {
    const length = (Date.parse(to) - Date.parse(from)) / 86_400_000;
    return { from, to, by: length < 2 ? "hour" : "day" };
  }
  if (days > 1) return { from: dayBefore(days - 1, now), to: dayBefore(0, now), by: "day" };
  // Whole hours, so that the address of the report stays the same for as long as they last.
  const hour = Math.floor(now.getTime() / 3_600_000) * 3_600_000;
  return {
    from: new Date(hour - 23 * 3_600_000).toISOString(),
    to: new Date(hour + 3_600_000).toISOString(),
    by: "hour",
  };
}
