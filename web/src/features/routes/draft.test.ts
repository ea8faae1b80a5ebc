import { describe, expect, it } from "vitest";
import type { PutRoute, Route } from "@/lib/types";
import { bodyOf, draftOf, percentsOf, problemsOf, type Draft } from "./draft";

const settings: PutRoute = {
  deployments: ["a/x", "b/y"],
  strategy: "load_balanced",
  weights: { cost: 2, speed: 0, quality: 1, reliability: 0.5 },
  balancer: "weighted",
  shares: { "a/x": 3 },
  secondary: ["c/z"],
  tertiary: [],
  emergency: ["d/last"],
  degrade: ["smaller_model"],
  context: "fit",
  cache_ttl_seconds: 0,
  semantic_cache: null,
  prompt_caching: "auto",
  queue: { length: 5, wait_seconds: 9 },
};
const route = (change: Partial<PutRoute> = {}) => ({ name: "main", settings: { ...settings, ...change } }) as Route;

describe("a draft", () => {
  it("goes round without loss", () => expect(bodyOf(draftOf(route()))).toEqual(settings));

  it.each<[Partial<PutRoute>]>([
    [{ cache_ttl_seconds: null }],
    [{ cache_ttl_seconds: 60 }],
    [{ cache_ttl_seconds: 60, semantic_cache: { embedder: "e/embed", threshold: 0.9, patience_ms: 500 } }],
    [{ prompt_caching: "sticky" }],
    [{ queue: null }],
    [{ degrade: [] }],
    [{ context: "whole" }],
    [{ degrade: ["smaller_model", "fewer_tokens"] }],
    [{ shares: {} }],
  ])("keeps %j", (change) => expect(bodyOf(draftOf(route(change)))).toEqual({ ...settings, ...change }));

  it("has the defaults of what the API leaves out", () => {
    const bare = { name: "main", settings: { deployments: ["a/x"] } } as unknown as Route;
    const body = bodyOf(draftOf(bare));
    expect([body.strategy, body.balancer, body.degrade, body.queue]).toEqual(["ordered", "round_robin", [], null]);
    expect(body.weights).toEqual({ cost: 1, speed: 1, quality: 1, reliability: 1 });
  });

  it("says shares only where they count", () => {
    expect(bodyOf(draftOf(route({ strategy: "cost" }))).shares).toEqual({});
    expect(bodyOf(draftOf(route({ balancer: "fastest" }))).shares).toEqual({});
  });

  it.each<[Partial<Draft>, string[]]>([
    [{}, []],
    [{ name: " " }, ["name"]],
    [{ members: [{ id: "a/x", group: "secondary", share: 1 }] }, ["members"]],
    [{ strategy: "weighted", weights: { cost: 0, speed: 0, quality: 0, reliability: 0 } }, ["weights"]],
    [{ strategy: "cost", weights: { cost: 0, speed: 0, quality: 0, reliability: 0 } }, []],
  ])("with %j has the problems %j", (change, problems) =>
    expect(problemsOf({ ...draftOf(route()), ...change })).toEqual(problems),
  );

  it("that is new has everything to be put right", () =>
    expect(problemsOf(draftOf(undefined))).toEqual(["name", "members"]));
});

describe("percentsOf", () => {
  it.each([
    [
      [1, 1, 1, 1],
      [25, 25, 25, 25],
    ],
    [
      [1, 1, 1],
      [34, 33, 33],
    ],
    [
      [2, 1],
      [67, 33],
    ],
    [
      [0.5, 0, 1.5],
      [25, 0, 75],
    ],
    [
      [0, 0],
      [0, 0],
    ],
    [
      [-3, 1],
      [0, 100],
    ],
    [[], []],
  ])("%j", (weights, percents) => expect(percentsOf(weights)).toEqual(percents));

  it("adds up to a hundred whatever the weights", () => {
    for (let seed = 1; seed < 400; seed += 1) {
      const weights = Array.from({ length: (seed % 7) + 1 }, (_, index) => ((seed * 31 + index * 17) % 97) / 7);
      const sum = percentsOf(weights).reduce((total, part) => total + part, 0);
      expect(sum).toBe(weights.some((weight) => weight > 0) ? 100 : 0);
    }
  });
});
