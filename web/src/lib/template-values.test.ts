import { afterEach, describe, expect, it, vi } from "vitest";
import type { TemplateVariable } from "@/lib/types";
import { askedFor, beginnings, given, ofTheMoment } from "./template-values";

const variable = (name: string, more: Partial<TemplateVariable> = {}): TemplateVariable => ({
  name,
  kind: "text",
  given: false,
  required: false,
  ...more,
});

afterEach(() => vi.unstubAllGlobals());

describe("what nobody is asked for", () => {
  const now = new Date(2026, 10, 2, 9, 5);

  it("is of the moment", () => {
    const values = ofTheMoment(now);
    expect(values).toMatchObject({
      CURRENT_DATE: "2026-11-02",
      CURRENT_TIME: "09:05",
      CURRENT_DATETIME: "2026-11-02 09:05",
    });
    expect(values["CURRENT_WEEKDAY"]).toBe("Monday");
  });

  it("is only what the template has", async () => {
    const values = await given([variable("CURRENT_DATE", { given: true }), variable("topic")], now);
    expect(values).toEqual({ CURRENT_DATE: "2026-11-02" });
  });

  it("asks for the clipboard where it may not be read", async () => {
    const clipboard = variable("CLIPBOARD", { given: true });
    vi.stubGlobal("navigator", { clipboard: { readText: () => Promise.reject(new Error("no")) }, language: "en" });
    const refused = await given([clipboard], now);
    expect(askedFor([clipboard, variable("a")], refused).map(({ name }) => name)).toEqual(["CLIPBOARD", "a"]);
    vi.stubGlobal("navigator", { clipboard: { readText: () => Promise.resolve("copied") }, language: "en" });
    const read = await given([clipboard], now);
    expect(read).toEqual({ CLIPBOARD: "copied" });
    expect(askedFor([clipboard, variable("a")], read).map(({ name }) => name)).toEqual(["a"]);
  });
});

describe("a form", () => {
  it("begins with defaults, with no for what is yes or no, and with the first of what has to be chosen", () => {
    const variables = [
      variable("a"),
      variable("b", { default: "3", kind: "number" }),
      variable("c", { kind: "checkbox" }),
      variable("d", { kind: "select", options: ["x", "y"], required: true }),
      variable("e", { kind: "select", options: ["x", "y"] }),
    ];
    expect(beginnings(variables)).toEqual({ a: "", b: "3", c: "false", d: "x", e: "" });
  });
});
