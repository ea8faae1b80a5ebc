import { describe, expect, it } from "vitest";
import type { Budget } from "@/lib/types";
import { budgetOf, wishesOf } from "./budget";

const budget: Budget = {
  id: "b",
  scope: "key",
  subject: "k",
  label: "tea",
  period: "day",
  time_zone: "Europe/Berlin",
  limit_usd: "1.00",
  soft_percent: 80,
  emergency_percent: null,
  action: "reject",
  spent_usd: "0.50",
  reserved_usd: "0.00",
  resets_at: null,
  velocity_usd_per_hour: "0.00",
  exhausted_at: null,
  proposed_limit_usd: null,
  source: "page",
};

describe("budgets", () => {
  it("changes the limit and nothing else", () => {
    expect(wishesOf(budget, " 2,50 ")).toEqual({
      scope: "key",
      subject: "k",
      label: "tea",
      period: "day",
      time_zone: "Europe/Berlin",
      limit_usd: "2.50",
      soft_percent: 80,
      emergency_percent: null,
      action: "reject",
    });
  });

  it("leaves to the server what was left open", () => {
    const fields: Record<string, string> = {
      scope: "installation",
      subject: "x",
      period: "month",
      limit: "20",
      action: "warn",
    };
    expect(budgetOf((name) => fields[name] ?? "")).toEqual({
      scope: "installation",
      subject: null,
      label: null,
      period: "month",
      time_zone: null,
      limit_usd: "20",
      soft_percent: null,
      emergency_percent: null,
      action: "warn",
    });
  });
});
