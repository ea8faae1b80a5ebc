/** The form of an experiment as it is filled in: texts and numbers, and what is still wrong with them. */
import type { Experiment, PutExperiment, Variant } from "@/lib/types";
import { isShare } from "./figures";

export const KINDS = ["model", "load", "feature"] as const;
export const GOALS = ["success", "latency", "first_token", "cost", "tokens_per_second", "rating"] as const;
export const STICKY = ["conversation", "request", "subject", "key", "user"] as const;
export const MOST_VARIANTS = 8;

export interface VariantDraft {
  key: number;
  name: string;
  share: number;
  model: string;
  strategy: string;
  balancer: string;
  parallel: string;
  temperature: string;
  maxOutput: string;
  prefix: string;
  cache: string;
  fit: string;
}

export interface Draft {
  name: string;
  description: string;
  kind: string;
  target: string;
  sticky: string;
  variants: VariantDraft[];
  goal: string;
  /** In percent or points. */
  effect: number;
  alpha: number;
  most: number;
  guardFailures: string;
  guardCost: string;
}

let lastKey = 0;

export function variantDraft(name: string, from: Partial<Variant> = {}): VariantDraft {
  lastKey += 1;
  const words = (value: number | null | undefined) => (typeof value === "number" ? String(value) : "");
  return {
    key: lastKey,
    name,
    share: from.share ?? 1,
    model: from.model ?? "",
    strategy: from.strategy ?? "",
    balancer: from.balancer ?? "",
    parallel: words(from.parallel),
    temperature: words(from.temperature),
    maxOutput: words(from.max_output_tokens),
    prefix: from.system_prefix ?? "",
    cache: words(from.cache_ttl_seconds),
    fit: typeof from.fit_context === "boolean" ? (from.fit_context ? "on" : "off") : "",
  };
}

const hundredth = (value: number) => Math.round(value * 1e6) / 1e4;

export function draftOf(experiment: Experiment | undefined): Draft {
  const design = experiment?.design;
  const guard = (value: number | null | undefined) => (typeof value === "number" ? String(hundredth(value)) : "");
  return {
    name: design?.name ?? "",
    description: design?.description ?? "",
    kind: design?.kind ?? "model",
    target: design?.target ?? "",
    sticky: design?.sticky ?? "conversation",
    variants: design?.variants.map((one) => variantDraft(one.name, one)) ?? [variantDraft("a"), variantDraft("b")],
    goal: design?.goal ?? "success",
    effect: design ? hundredth(design.effect) : 5,
    alpha: design?.alpha === undefined ? 5 : hundredth(design.alpha),
    most: design?.max_results ?? 10_000,
    guardFailures: design ? guard(design.guard_failures) : "10",
    guardCost: design ? guard(design.guard_cost) : "",
  };
}

/** Only what the kind is about is said; the rest of a variant stays in the form. */
function variantOf(draft: VariantDraft, kind: string): Variant {
  const variant: Variant = { name: draft.name.trim(), share: draft.share };
  const number = (text: string) => (text.trim() === "" ? undefined : Number(text));
  const said: Partial<Variant> =
    kind === "model"
      ? { model: draft.model.trim() }
      : kind === "load"
        ? {
            strategy: draft.strategy || null,
            balancer: draft.strategy === "load_balanced" ? draft.balancer || null : null,
            parallel: number(draft.parallel) ?? null,
          }
        : {
            temperature: number(draft.temperature) ?? null,
            max_output_tokens: number(draft.maxOutput) ?? null,
            system_prefix: draft.prefix === "" ? null : draft.prefix,
            cache_ttl_seconds: number(draft.cache) ?? null,
            fit_context: draft.fit === "" ? null : draft.fit === "on",
          };
  for (const [name, value] of Object.entries(said)) if (value !== null) Object.assign(variant, { [name]: value });
  return variant;
}

export function bodyOf(draft: Draft): PutExperiment {
  const guard = (text: string) => (text.trim() === "" ? null : Number(text) / 100);
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    kind: draft.kind,
    target: draft.target.trim(),
    sticky: draft.sticky,
    variants: draft.variants.map((variant) => variantOf(variant, draft.kind)),
    goal: draft.goal,
    alpha: draft.alpha / 100,
    effect: draft.effect / 100,
    max_results: draft.most,
    guard_failures: guard(draft.guardFailures),
    guard_cost: guard(draft.guardCost),
  };
}

export type DraftProblem = "name" | "target" | "variants" | "change" | "effect" | "alpha" | "most";

const NAME = /^[A-Za-z0-9._-]{1,40}$/;

export function problemsOf(draft: Draft): DraftProblem[] {
  const names = draft.variants.map(({ name }) => name.trim());
  const changes = draft.variants.map((variant) => {
    const { name: _, share: __, ...change } = variantOf(variant, draft.kind);
    return JSON.stringify(change);
  });
  const wrong: [DraftProblem, boolean][] = [
    ["name", !NAME.test(draft.name.trim())],
    ["target", draft.target.trim() === ""],
    [
      "variants",
      names.length < 2 ||
        names.length > MOST_VARIANTS ||
        new Set(names).size < names.length ||
        names.some((name) => !NAME.test(name)) ||
        draft.variants.some(({ share }) => !(share > 0)),
    ],
    [
      "change",
      new Set(changes).size < changes.length ||
        (draft.kind === "model" && draft.variants.some((one) => !one.model.trim())),
    ],
    ["effect", !(draft.effect >= 0.1 && draft.effect <= (isShare(draft.goal) ? 50 : 1_000))],
    ["alpha", !(draft.alpha >= 0.1 && draft.alpha <= 20)],
    ["most", !(draft.most >= 20 && draft.most <= 1_000_000)],
  ];
  return wrong.flatMap(([problem, is]) => (is ? [problem] : []));
}

/** A name for another variant: the first letter that is free. */
export function nextName(variants: readonly VariantDraft[]): string {
  const letters = "abcdefgh".split("");
  return letters.find((letter) => variants.every(({ name }) => name.trim() !== letter)) ?? `v${variants.length + 1}`;
}
