/** A route as the form holds it, and as the API takes it: pure. */
import type { PutRoute, Route } from "@/lib/types";

export const TIERS = ["primary", "secondary", "tertiary", "emergency"] as const;
export type Tier = (typeof TIERS)[number];

export const PROMPT_CACHING = ["auto", "sticky", "off"] as const;
export const DEGRADATIONS = ["smaller_model", "fewer_tokens"] as const;
export const FACTORS = ["cost", "speed", "quality", "reliability"] as const;
export type Factor = (typeof FACTORS)[number];
export type Weights = Record<Factor, number>;

export interface Member {
  /** The deployment. */
  id: string;
  /** Its tier. */
  group: string;
  share: number;
}

export interface Draft {
  name: string;
  strategy: string;
  weights: Weights;
  balancer: string;
  members: Member[];
  degrade: string[];
  /** Whether long conversations are made to fit. */
  fits: boolean;
  /** Empty: as the configuration says. */
  cacheTtl: string;
  /** Who says what a text means; empty: only identical requests are answered from the cache. */
  embedder: string;
  threshold: number;
  patienceMs: number;
  promptCaching: string;
  queue: { on: boolean; length: number; waitSeconds: number };
}

const EMPTY: Draft = {
  name: "",
  strategy: "ordered",
  weights: { cost: 1, speed: 1, quality: 1, reliability: 1 },
  balancer: "round_robin",
  members: [],
  degrade: [],
  fits: false,
  cacheTtl: "",
  embedder: "",
  threshold: 0.95,
  patienceMs: 2_000,
  promptCaching: "auto",
  queue: { on: false, length: 100, waitSeconds: 30 },
};

export function draftOf(route: Route | undefined): Draft {
  if (!route) return EMPTY;
  const { settings } = route;
  // What the API leaves out has its default.
  const tier = (group: Tier, ids: readonly string[] | undefined) =>
    (ids ?? []).map((id) => ({ id, group, share: settings.shares?.[id] ?? 1 }));
  return {
    name: route.name,
    strategy: settings.strategy ?? EMPTY.strategy,
    weights: { ...EMPTY.weights, ...settings.weights },
    balancer: settings.balancer ?? EMPTY.balancer,
    members: [
      ...tier("primary", settings.deployments),
      ...tier("secondary", settings.secondary),
      ...tier("tertiary", settings.tertiary),
      ...tier("emergency", settings.emergency),
    ],
    degrade: [...(settings.degrade ?? [])],
    embedder: settings.semantic_cache?.embedder ?? "",
    threshold: settings.semantic_cache?.threshold ?? EMPTY.threshold,
    patienceMs: settings.semantic_cache?.patience_ms ?? EMPTY.patienceMs,
    promptCaching: settings.prompt_caching ?? EMPTY.promptCaching,
    fits: settings.context === "fit",
    cacheTtl: typeof settings.cache_ttl_seconds === "number" ? String(settings.cache_ttl_seconds) : "",
    queue: settings.queue
      ? { on: true, length: settings.queue.length, waitSeconds: settings.queue.wait_seconds }
      : EMPTY.queue,
  };
}

export function bodyOf(draft: Draft): PutRoute {
  const tier = (group: Tier) => draft.members.filter((member) => member.group === group).map((member) => member.id);
  const shared = usesShares(draft) ? draft.members.filter((member) => member.share !== 1) : [];
  return {
    deployments: tier("primary"),
    secondary: tier("secondary"),
    tertiary: tier("tertiary"),
    emergency: tier("emergency"),
    strategy: draft.strategy,
    weights: draft.weights,
    balancer: draft.balancer,
    shares: Object.fromEntries(shared.map((member) => [member.id, member.share])),
    degrade: DEGRADATIONS.filter((name) => draft.degrade.includes(name)),
    context: draft.fits ? "fit" : "whole",
    cache_ttl_seconds: draft.cacheTtl.trim() === "" ? null : Number(draft.cacheTtl),
    semantic_cache:
      draft.embedder.trim() === ""
        ? null
        : { embedder: draft.embedder.trim(), threshold: draft.threshold, patience_ms: draft.patienceMs },
    prompt_caching: draft.promptCaching,
    queue: draft.queue.on ? { length: draft.queue.length, wait_seconds: draft.queue.waitSeconds } : null,
  };
}

export function usesShares(draft: Draft): boolean {
  return draft.strategy === "load_balanced" && draft.balancer === "weighted";
}

export type Problem = "name" | "members" | "weights";

/** What has to be put right before it can be saved. */
export function problemsOf(draft: Draft): Problem[] {
  const problems: Problem[] = [];
  if (draft.name.trim() === "") problems.push("name");
  if (!draft.members.some((member) => member.group === "primary")) problems.push("members");
  if (draft.strategy === "weighted" && FACTORS.every((factor) => draft.weights[factor] === 0)) problems.push("weights");
  return problems;
}

/** Whole percents that add up to a hundred, as near to the weights as whole numbers can be. */
export function percentsOf(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + Math.max(0, weight), 0);
  if (sum <= 0) return weights.map(() => 0);
  const exact = weights.map((weight) => (Math.max(0, weight) / sum) * 100);
  const whole = exact.map(Math.floor);
  const missing = 100 - whole.reduce((total, part) => total + part, 0);
  const byRest = exact
    .map((value, index) => ({ index, rest: value - Math.floor(value) }))
    .toSorted((one, other) => other.rest - one.rest || one.index - other.index);
  for (const { index } of byRest.slice(0, missing)) whole[index] = (whole[index] ?? 0) + 1;
  return whole;
}
