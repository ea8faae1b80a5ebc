import { describe, expect, it } from "vitest";
import type { Key } from "@/lib/types";
import { endOf, wishesOf } from "./form";

const read = (fields: Record<string, string>) => (name: string) => fields[name] ?? "";

describe("the form of a key", () => {
  it("takes what is empty for no limit", () => {
    expect(wishesOf(read({ name: "x", per: "day" }), [])).toEqual({
      name: "x",
      project: null,
      budget_usd: null,
      rpm: null,
      tpm: null,
      parallel: null,
      priority: "normal",
      routes: [],
      expires_at: null,
    });
  });

  it("reads everything", () => {
    const fields = {
      name: "x",
      project: "atlas",
      budget: "1,50",
      per: "day",
      rpm: "10",
      tpm: "1000",
      parallel: "2",
      priority: "low",
      expires: "2027-01-31",
    };
    expect(wishesOf(read(fields), ["main"])).toEqual({
      name: "x",
      project: "atlas",
      budget_usd: "1.50",
      per: "day",
      rpm: 10,
      tpm: 1000,
      parallel: 2,
      priority: "low",
      routes: ["main"],
      expires_at: "2027-01-31T23:59:59Z",
    });
  });

  it.each([
    [{}, undefined],
    [{ revoked_at: "2026-01-01T00:00:00Z" }, "revoked"],
    [{ expires_at: "2026-01-01T00:00:00Z" }, "expired"],
    [{ expires_at: "2028-01-01T00:00:00Z" }, undefined],
  ])("knows that %j has ended", (key, end) => expect(endOf(key as Key, new Date("2027-01-01T00:00:00Z"))).toBe(end));
});
