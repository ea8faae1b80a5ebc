import { describe, expect, it } from "vitest";
import type { DeploymentHealth, Model } from "@/lib/types";
import { entriesOf, parseModelSearch, priceOf, shown, stateOf, type ModelFilter } from "./listing";

const model = (id: string, change: Partial<Model> = {}): Model => ({
  id,
  provider: id.split("/")[0] ?? "",
  display_name: id.split("/")[1] ?? id,
  capabilities: ["chat"],
  local: false,
  language_model: true,
  health: "unknown",
  ...change,
});
const prices = (input_usd: string, output_usd: string): NonNullable<Model["prices"]> => ({
  input_usd,
  output_usd,
  long_context: [],
  services: [],
  volume: [],
  changes: [],
  own: false,
});
const health = (id: string, change: Partial<DeploymentHealth>) => ({ id, ...change }) as DeploymentHealth;
const times = (p50: number) => ({ p50, p95: p50, p99: p50 });

const ENTRIES = entriesOf(
  [
    model("b/Model 10", {
      context_window: 8_000,
      prices: prices("1", "4"),
      released_on: "2025-01-01",
    }),
    model("b/model 2", { context_window: 128_000, capabilities: ["chat", "vision"], released_on: "2026-05" }),
    model("a/embed", { capabilities: ["embeddings"], prices: prices("0.02", "0") }),
    model("c/home", { local: true }),
  ],
  [
    health("b/Model 10", { state: "available", uptime_percent: 99, first_token_ms: times(400) }),
    health("c/home", { state: "degraded", uptime_percent: 100, first_token_ms: times(90) }),
    health("a/embed", { state: "unknown", first_token_ms: times(0) }),
  ],
);
const names = (filter: ModelFilter) => shown(ENTRIES, filter).map((entry) => entry.model.display_name);

describe("shown", () => {
  it.each<[ModelFilter, string[]]>([
    [{}, ["Model 10", "model 2", "embed", "home"]],
    [{ q: "MODEL b/" }, ["Model 10", "model 2"]],
    [{ provider: "b" }, ["Model 10", "model 2"]],
    [{ capability: "vision" }, ["model 2"]],
    [{ health: "unknown" }, ["model 2", "embed"]],
    [{ health: "degraded" }, ["home"]],
    [{ price: "0" }, ["home"]],
    [{ price: "1" }, ["embed", "home"]],
    [{ price: "20" }, ["Model 10", "embed", "home"]],
    [{ sort: "name" }, ["embed", "home", "model 2", "Model 10"]],
    [{ sort: "price" }, ["home", "embed", "Model 10", "model 2"]],
    [{ sort: "context" }, ["model 2", "Model 10", "embed", "home"]],
    [{ sort: "speed" }, ["home", "Model 10", "model 2", "embed"]],
    [{ sort: "uptime" }, ["home", "Model 10", "model 2", "embed"]],
    [{ sort: "released" }, ["model 2", "Model 10", "embed", "home"]],
  ])("%j", (filter, expected) => expect(names(filter)).toEqual(expected));

  it("knows states and prices, or that nobody does", () => {
    expect(ENTRIES.map(stateOf)).toEqual(["available", "unknown", "unknown", "degraded"]);
    expect(ENTRIES.map(priceOf)).toEqual([4, undefined, 0.02, 0]);
  });
});

describe("the address", () => {
  it("goes round", () => {
    const search = { q: "x", provider: "a", capability: "tools", health: "available", price: "5", sort: "price" };
    expect(parseModelSearch({ ...search, price: 5, open: "a/b", passage: "p" })).toEqual({
      ...search,
      open: "a/b",
      passage: "p",
    });
  });

  it("leaves out what makes no sense", () => {
    const parsed = parseModelSearch({ q: " ", capability: "magic", health: 3, price: "7", sort: "colour" });
    expect(Object.values(parsed).filter((value) => value !== undefined)).toEqual([]);
  });
});
