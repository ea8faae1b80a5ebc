import { describe, expect, it } from "vitest";
import { parseMoneySearch, periodOf } from "./search";

const now = new Date("2026-11-21T14:30:00Z");

describe("the period of the address", () => {
  it("is thirty days where nothing is said", () => {
    expect(periodOf(parseMoneySearch({}), now)).toEqual({ from: "2026-10-23", to: "2026-11-21", by: "day" });
    expect(periodOf(parseMoneySearch({ days: "nonsense" }), now).by).toBe("day");
  });

  it("is by hour for a day", () => {
    expect(periodOf(parseMoneySearch({ days: 1 }), now)).toEqual({
      from: "2026-11-20T15:00:00.000Z",
      to: "2026-11-21T15:00:00.000Z",
      by: "hour",
    });
  });

  it("is one's own where both days are given in order", () => {
    const own = parseMoneySearch({ from: "2026-01-01", to: "2026-02-01" });
    expect(periodOf(own, now)).toEqual({ from: "2026-01-01", to: "2026-02-01", by: "day" });
    expect(periodOf(parseMoneySearch({ from: "2026-02-01", to: "2026-01-01" }), now).to).toBe("2026-11-21");
    expect(parseMoneySearch({ from: "soon" }).from).toBeUndefined();
  });
});
