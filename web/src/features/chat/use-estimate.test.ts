import { describe, expect, it } from "vitest";
import type { Model, TokenCount } from "@/lib/types";
import { estimate } from "./use-estimate";

const count = { tokens: 100, exact: true } as TokenCount;
const model = (change: Partial<Model>) => ({ id: "m", language_model: true, ...change }) as Model;

describe("an estimate", () => {
  it("is of the whole prompt, at the price of what is read", () => {
    const priced = model({
      prices: { input_usd: "2.50", output_usd: "10" } as NonNullable<Model["prices"]>,
      context_window: 1_000,
    });
    expect(estimate(count, priced, 300)).toEqual({
      tokens: 100,
      exact: true,
      prompt: 400,
      costUsd: 0.001,
      filled: 0.4,
    });
  });

  it("says nothing where nothing is known", () => {
    expect(estimate(count, model({}), 0)).toMatchObject({ costUsd: undefined, filled: undefined });
  });
});
