import { describe, expect, it } from "vitest";
import { dayBefore, formatBytes, formatDuration, formatLanguage, formatMoney, formatPartialDate } from "./format";

describe("format", () => {
  it.each([
    ["0.00", "$0.00"],
    ["12.4", "$12.40"],
    ["0.003100", "$0.0031"],
    ["0.25", "$0.25"],
    ["0.000000038", "$0.000000038"],
    ["-2.5", "−$2.50"],
    [undefined, "–"],
  ])("money %s is %s", (given, shown) => expect(formatMoney(given)).toBe(shown));

  it.each([
    [12.4, "12 ms"],
    [1234, "1.23 s"],
    [45_678, "45.7 s"],
    [72_000, "1 m 12 s"],
  ])("%d ms is %s", (ms, shown) => expect(formatDuration(ms)).toBe(shown));

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1500, "1.5 KB"],
    [104_857_600, "105 MB"],
  ])("%d bytes are %s", (bytes, shown) => expect(formatBytes(bytes)).toBe(shown));

  it.each([
    ["1999", "1999"],
    ["1999-05", "May 1999"],
    ["1999-05-03", "May 3, 1999"],
    ["soon", "soon"],
  ])("the date %s is %s", (given, shown) => expect(formatPartialDate(given)).toBe(shown));

  it("names languages it knows", () => {
    expect(formatLanguage("de-AT")).toContain("German");
    expect(formatLanguage("no language")).toBe("no language");
  });

  it("counts days back in UTC", () => {
    expect(dayBefore(29, new Date("2026-11-21T23:59:00Z"))).toBe("2026-10-23");
  });
});
