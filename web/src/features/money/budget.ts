/** What a budget is to be like, as the API takes it. */
import type { Budget, PutBudget } from "@/lib/types";

export const SCOPES = ["installation", "user", "project", "key"] as const;
export const PERIODS = ["hour", "day", "week", "month", "total"] as const;
export const ACTIONS = ["reject", "warn", "throttle", "degrade"] as const;

/** People write decimals with a point or a comma. */
export const amountOf = (typed: string) => typed.trim().replace(",", ".");

/** A budget with another limit, and everything else as it is. */
export function wishesOf(budget: Budget, limit: string): PutBudget {
  const { scope, subject, label, period, time_zone, soft_percent, emergency_percent, action } = budget;
  return {
    scope,
    subject: subject ?? null,
    label,
    period,
    time_zone,
    limit_usd: amountOf(limit),
    soft_percent,
    emergency_percent: emergency_percent ?? null,
    action,
  };
}

/** Reads the fields of the form of a new one; what is empty keeps the server's default. */
export function budgetOf(value: (field: string) => string): PutBudget {
  const given = (field: string) => (value(field).trim() === "" ? null : value(field).trim());
  const number = (field: string) => (given(field) === null ? null : Number(given(field)));
  const scope = value("scope");
  return {
    scope,
    subject: scope === "project" || scope === "key" ? given("subject") : null,
    label: null,
    period: value("period"),
    time_zone: given("time_zone"),
    limit_usd: amountOf(value("limit")),
    soft_percent: number("soft"),
    emergency_percent: number("emergency"),
    action: value("action"),
  };
}
