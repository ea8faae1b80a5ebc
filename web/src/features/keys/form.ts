/** What the form of a key says, as the API takes it. */
import type { Key } from "@/lib/types";

export const PERIODS = ["total", "hour", "day", "week", "month"] as const;
export const PRIORITIES = ["high", "normal", "low"] as const;

/** Everything that can be said about a key; `null` is what is not limited. */
export interface KeyWishes {
  name: string;
  /** What its calls are for. */
  project: string | null;
  budget_usd: string | null;
  /** Only with a budget. */
  per?: string;
  rpm: number | null;
  tpm: number | null;
  parallel: number | null;
  priority: string;
  routes: string[];
  expires_at: string | null;
}

/** Reads the fields; what is empty is no limit. */
export function wishesOf(value: (field: string) => string, routes: readonly string[]): KeyWishes {
  const number = (field: string) => (value(field) === "" ? null : Number(value(field)));
  const budget = value("budget").replace(",", ".");
  return {
    name: value("name"),
    project: value("project") || null,
    budget_usd: budget === "" ? null : budget,
    ...(budget === "" ? {} : { per: value("per") }),
    rpm: number("rpm"),
    tpm: number("tpm"),
    parallel: number("parallel"),
    priority: value("priority") || "normal",
    routes: [...routes],
    expires_at: value("expires") === "" ? null : `${value("expires")}T23:59:59Z`,
  };
}

/** Whether a key no longer works, and why. */
export function endOf(key: Key, now: Date = new Date()): "revoked" | "expired" | undefined {
  if (key.revoked_at) return "revoked";
  return key.expires_at && new Date(key.expires_at) <= now ? "expired" : undefined;
}
