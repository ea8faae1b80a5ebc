import { describe, expect, it } from "vitest";
import type { Model, ModelList, TakenParameter } from "@/lib/types";
import {
  held,
  inherited,
  isEmpty,
  over,
  put,
  readNumber,
  readStops,
  taking,
  unsent,
  writeStops,
  type Layers,
} from "./parameters";

const layers: Layers = {
  account: { temperature: 0.1, max_tokens: 500 },
  preset: { temperature: 0.2, stop: ["END"] },
  persona: { temperature: 0.3 },
  conversation: { stop: [] },
};

describe("layers", () => {
  it("hold what the innermost has", () => {
    expect(held(layers, "temperature")).toEqual({ value: 0.3, origin: "persona" });
    expect(held(layers, "stop")).toEqual({ value: [], origin: "conversation" });
    expect(held(layers, "max_tokens")).toEqual({ value: 500, origin: "account" });
    expect(held(layers, "seed")).toEqual({ value: undefined, origin: undefined });
  });

  it("say what a setting goes back to", () => {
    expect(inherited(layers, "temperature", "persona")).toEqual({ value: 0.2, origin: "preset" });
    expect(inherited(layers, "temperature", "account").origin).toBeUndefined();
  });

  it("are changed one setting at a time, and put over one another", () => {
    const set = put({ temperature: 1, top_k: null }, "temperature", undefined);
    expect(set).toEqual({});
    expect(isEmpty(set)).toBe(true);
    expect(put({}, "stop", [])).toEqual({ stop: [] });
    expect(over({ temperature: 1, seed: 3 }, { temperature: 0, stop: [] })).toEqual({
      temperature: 0,
      seed: 3,
      stop: [],
    });
  });
});

describe("what is typed", () => {
  it.each([
    ["temperature", "0,7", { value: 0.7 }],
    ["temperature", " 2 ", { value: 2 }],
    ["temperature", "", { value: undefined }],
    ["temperature", "2.1", { problem: "bounds", min: 0, max: 2 }],
    ["temperature", "warm", { problem: "number", min: 0, max: 2 }],
    ["temperature", "1e5", { problem: "number", min: 0, max: 2 }],
    ["presence_penalty", "−1", { value: -1 }],
    ["top_k", "0.5", { problem: "whole", min: 1, max: 4_294_967_295 }],
    ["seed", "-12", { value: -12 }],
  ] as const)("%s: %s", (name, typed, read) => expect(readNumber(name, typed)).toEqual(read));

  it("has stop texts by line, with what cannot be seen written out", () => {
    expect(readStops("END\n\n\\n\\nUser:\na\\\\n")).toEqual({ value: ["END", "\n\nUser:", "a\\n"] });
    expect(readStops("\\n")).toEqual({ value: ["\n"] });
    expect(readStops("x\n".repeat(17))).toEqual({ problem: "count" });
    expect(readStops("x".repeat(201))).toEqual({ problem: "length" });
    const stops = ["END", "\n\nUser:", "a\\n", "\t"];
    expect(readStops(writeStops(stops.slice(0, 3)))).toEqual({ value: stops.slice(0, 3) });
    expect(writeStops(undefined)).toBe("");
  });
});

describe("what a model takes", () => {
  const rule = (name: string, more: Partial<TakenParameter> = {}): TakenParameter => ({
    name,
    beside: "anything",
    ...more,
  });
  const model = (id: string, takes: TakenParameter[], language_model = true) =>
    ({ id, takes, language_model, capabilities: ["chat"] }) as unknown as Model;
  const list = {
    models: [
      model("a/claude", [
        rule("temperature", { min: 0, max: 1, beside: "no_thinking" }),
        rule("reasoning_effort", { efforts: ["low", "high"] }),
      ]),
      model("o/gpt", [rule("temperature", { min: 0, max: 2 }), rule("seed")]),
      model("familiar/librarian", [], false),
    ],
    routes: [{ name: "both", deployments: ["a/claude", "o/gpt", "familiar/librarian"] }],
  } as unknown as ModelList;

  it("is its own, or that of the models of a route", () => {
    expect(taking(list, "a/claude", "temperature")).toMatchObject({ by: "all", min: 0, max: 1, beside: "no_thinking" });
    expect(taking(list, "a/claude", "seed").by).toBe("none");
    expect(taking(list, "both", "temperature")).toMatchObject({ by: "all", min: 0, max: 2, beside: "anything" });
    expect(taking(list, "both", "seed").by).toBe("some");
    expect(taking(list, "familiar/librarian", "temperature").by).toBe("none");
    expect(taking(list, "familiar/librarian", "system_prompt").by).toBe("all");
    expect(taking(undefined, "a/claude", "seed").by).toBe("all");
  });

  it("may depend on the others", () => {
    const claude = (name: "temperature" | "seed" | "reasoning_effort") => taking(list, "a/claude", name);
    expect(unsent(claude("seed"), "seed", {})).toBe("notTaken");
    expect(unsent(claude("temperature"), "temperature", { account: { reasoning_effort: "high" } })).toBe("thinking");
    expect(unsent(claude("temperature"), "temperature", { account: { reasoning_effort: "none" } })).toBeUndefined();
    expect(unsent(claude("reasoning_effort"), "reasoning_effort", { account: { reasoning_effort: "medium" } })).toBe(
      "level",
    );
    const off = { ...claude("temperature"), beside: "thinking_off" };
    expect(unsent(off, "temperature", {})).toBe("notThinkingOff");
    expect(unsent(off, "temperature", { conversation: { reasoning_effort: "none" } })).toBeUndefined();
    const one = { ...claude("temperature"), beside: "no_temperature" };
    expect(unsent(one, "top_p", { preset: { temperature: 1 } })).toBe("temperature");
  });
});
