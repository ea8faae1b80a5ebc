// What the ledger tells of speeds.
import { expect, it } from "vitest";
import type { Exchange } from "@/lib/types";
import { speedsOf } from "./speeds";

const one = (change: Partial<Exchange>): Exchange =>
  ({
    model: "a/one",
    streamed: true,
    cached: false,
    estimated: false,
    output_tokens: 100,
    first_token_ms: 200,
    total_ms: 1_200,
    ...change,
  }) as Exchange;

it("tells medians of what was streamed, by the model that answered", () => {
  const speeds = speedsOf([
    one({}),
    one({ first_token_ms: 400, total_ms: 2_400 }),
    one({ first_token_ms: 900, total_ms: 910 }),
    one({ cached: true, first_token_ms: 1 }),
    one({ streamed: false, first_token_ms: 1 }),
    one({ model: "b/two", estimated: true }),
    one({ model: null }),
  ]);
  expect(speeds.get("a/one")).toEqual({ calls: 3, firstTokenMs: 400, tokensPerSecond: 75 });
  expect(speeds.get("b/two")).toEqual({ calls: 1, firstTokenMs: 200, tokensPerSecond: undefined });
  expect(speeds.size).toBe(2);
});
