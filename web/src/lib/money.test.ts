import { describe, expect, it } from "vitest";
import { fromNanos, sumDollars, toDollars, toNanos } from "./money";

describe("money", () => {
  it("adds amounts that floats would spoil", () => {
    expect(sumDollars(["0.1", "0.2", undefined, null])).toBe("0.30");
    expect(sumDollars(["0.000000001", "99999999.99"])).toBe("99999999.990000001");
    expect(sumDollars([])).toBe("0.00");
  });

  it.each(["0.00", "1.00", "0.000375", "-2.50", "12345678.123456789"])("writes %s as it read it", (text) => {
    expect(fromNanos(toNanos(text) ?? -1n)).toBe(text);
  });

  it.each(["", ".", "1e3", "1,5", "--1", "0.0000000001", "NaN"])("refuses %j", (text) => {
    expect(toNanos(text)).toBeUndefined();
  });

  it("gives floats for charts", () => {
    expect(toDollars("0.25")).toBe(0.25);
    expect(toDollars(undefined)).toBe(0);
  });
});
