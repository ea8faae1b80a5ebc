/** How a model is to answer: the settings, the layers they come from, and what a model takes. */
import type { ModelList, ParameterChoice, ParameterSet, TakenParameter } from "@/lib/types";
import { modelsBehind } from "@/lib/api/models";

/** Where a setting comes from, the outermost first. */
export const LAYERS = ["account", "preset", "persona", "conversation"] as const;
export type Layer = (typeof LAYERS)[number];
export type Layers = Partial<Record<Layer, ParameterSet>>;

export const NUMBERS = [
  "temperature",
  "top_p",
  "top_k",
  "max_tokens",
  "frequency_penalty",
  "presence_penalty",
  "seed",
] as const;
export type NumberName = (typeof NUMBERS)[number];
export const NAMES = [...NUMBERS, "stop", "reasoning_effort", "system_prompt"] as const;
export type Name = (typeof NAMES)[number];

/** What everybody may set; a model may take less. */
const BOUNDS: Record<NumberName, { min: number; max: number; whole: boolean }> = {
  temperature: { min: 0, max: 2, whole: false },
  top_p: { min: 0, max: 1, whole: false },
  top_k: { min: 1, max: 4_294_967_295, whole: true },
  max_tokens: { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true },
  frequency_penalty: { min: -2, max: 2, whole: false },
  presence_penalty: { min: -2, max: 2, whole: false },
  seed: { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, whole: true },
};

/** No choice of a conversation's own. */
export const NO_PARAMETERS: ParameterChoice = { values: {} };

/** Stop texts, and the characters of one. */
export const STOPS = { count: 16, length: 200 };

export interface Held {
  value: ParameterSet[Name] | undefined;
  /** Missing where nobody has set it: then it is the provider's own. */
  origin: Layer | undefined;
}

/** What holds of a setting, up to and including a layer. */
export function held(layers: Layers, name: Name, upTo: Layer = "conversation"): Held {
  const reach = LAYERS.slice(0, LAYERS.indexOf(upTo) + 1);
  const origin = reach.findLast((layer) => isSet(layers[layer]?.[name]));
  return { value: origin === undefined ? undefined : (layers[origin]?.[name] ?? undefined), origin };
}

/** What holds without a layer: what a setting goes back to. */
export function inherited(layers: Layers, name: Name, without: Layer): Held {
  const outer = LAYERS[LAYERS.indexOf(without) - 1];
  return outer === undefined ? { value: undefined, origin: undefined } : held(layers, name, outer);
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The set with another value, or without it. */
export function put(set: ParameterSet, name: Name, value: ParameterSet[Name] | undefined): ParameterSet {
  const next = Object.fromEntries(Object.entries(set).filter(([key, had]) => key !== name && isSet(had)));
  return (value === undefined ? next : { ...next, [name]: value }) as ParameterSet;
}

export function isEmpty(set: ParameterSet): boolean {
  return !Object.values(set).some(isSet);
}

/** The inner set over the outer one. */
export function over(outer: ParameterSet, inner: ParameterSet): ParameterSet {
  return NAMES.reduce(
    (set, name) => (isSet(inner[name]) ? put(set, name, inner[name]) : set),
    put(outer, "seed", outer.seed),
  );
}

export type Read<T> = { value: T } | { problem: "number" | "whole" | "bounds"; min: number; max: number };

/** A number as it is typed; a comma is a point. Nothing typed inherits. */
export function readNumber(name: NumberName, typed: string): Read<number | undefined> {
  const { min, max, whole } = BOUNDS[name];
  const plain = typed
    .replaceAll(/[\s\u061c\u200e\u200f]/gu, "")
    .replace(",", ".")
    .replace("−", "-");
  if (plain === "") return { value: undefined };
  if (!/^-?(?:\d+\.?\d*|\.\d+)$/.test(plain)) return { problem: "number", min, max };
  const value = Number(plain);
  if (whole && !Number.isInteger(value)) return { problem: "whole", min, max };
  return value < min || value > max ? { problem: "bounds", min, max } : { value };
}

/** Stop texts, one a line; `\n` and `\t` stand for what cannot be seen, `\\` for itself. */
export function readStops(typed: string): { value: string[] } | { problem: "count" | "length" } {
  const value = typed
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replaceAll(/\\([nt\\])/g, (_, letter: string) => ({ n: "\n", t: "\t" })[letter] ?? "\\"));
  if (value.length > STOPS.count) return { problem: "count" };
  return value.some((text) => [...text].length > STOPS.length) ? { problem: "length" } : { value };
}

export function writeStops(stops: readonly string[] | null | undefined): string {
  return (stops ?? [])
    .map((text) => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t"))
    .join("\n");
}

export interface Taking {
  /** Whether all, some or none of the models take it. */
  by: "all" | "some" | "none";
  min: number | undefined;
  max: number | undefined;
  efforts: readonly string[];
  beside: string;
}

export const EFFORTS = ["none", "minimal", "low", "medium", "high"] as const;
const ANY: Taking = { by: "all", min: undefined, max: undefined, efforts: EFFORTS, beside: "anything" };

/** Whether the models behind a name take a setting; before they are known, they may. */
export function taking(list: ModelList | undefined, model: string | undefined, name: Name): Taking {
  // Instructions are words, which every model takes.
  if (name === "system_prompt") return ANY;
  const models = modelsBehind(list, model);
  if (models.length === 0) return ANY;
  // Those that write without a language model take no notice of anything; beside others they do not count.
  const writers = models.filter((one) => one.language_model);
  const rules = (writers.length > 0 ? writers : models).map((one) => one.takes?.find((taken) => taken.name === name));
  const taken = rules.filter((rule): rule is TakenParameter => rule !== undefined);
  const [first] = taken;
  if (first === undefined) return { ...ANY, by: "none", efforts: [] };
  return {
    by: taken.length === rules.length ? "all" : "some",
    min: widest(taken, (rule) => rule.min, Math.min),
    max: widest(taken, (rule) => rule.max, Math.max),
    efforts: EFFORTS.filter((level) => taken.some((rule) => rule.efforts?.includes(level))),
    beside: taken.every((rule) => rule.beside === first.beside) ? first.beside : "anything",
  };
}

function widest(
  rules: readonly TakenParameter[],
  bound: (rule: TakenParameter) => number | null | undefined,
  choose: (...values: number[]) => number,
): number | undefined {
  const bounds = rules.map(bound);
  const known = bounds.filter((value): value is number => typeof value === "number");
  return known.length === bounds.length ? choose(...known) : undefined;
}

export type Unsent = "notTaken" | "thinking" | "notThinkingOff" | "temperature" | "level" | undefined;

/** Why a setting that holds is not sent, as far as it can be said before it is. */
export function unsent({ by, beside, efforts }: Taking, name: Name, layers: Layers): Unsent {
  if (by === "none") return "notTaken";
  const effort = held(layers, "reasoning_effort").value;
  if (name === "reasoning_effort") return typeof effort === "string" && !efforts.includes(effort) ? "level" : undefined;
  const thinks = effort !== undefined && effort !== "none";
  if (beside === "thinking_off") return effort === "none" ? undefined : "notThinkingOff";
  if (beside !== "anything" && thinks) return "thinking";
  return beside === "no_temperature" && held(layers, "temperature").origin !== undefined ? "temperature" : undefined;
}
