/** Settings in words. */
import { text } from "@/lib/i18n";
import { locale } from "@/lib/i18n/language";
import type { ParameterSet, SentParameters } from "@/lib/types";
import { LAYERS, NAMES, writeStops, type Held, type Layer, type Name } from "./parameters";

const LONG = 60;

export function nameOf(name: string): string {
  return isName(name) ? text.parameters.names[name] : name;
}

function isName(name: string): name is Name {
  return (NAMES as readonly string[]).includes(name);
}

/** A number as the page's language writes it, with all of its digits. */
export function figure(value: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 6, useGrouping: false }).format(value);
}

export function valueWords(name: Name, value: ParameterSet[Name] | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "number") return figure(value);
  if (typeof value === "string") {
    const { efforts } = text.parameters;
    if (name === "reasoning_effort") return value in efforts ? efforts[value as keyof typeof efforts] : value;
    const line = value.replaceAll(/\s+/g, " ");
    return line.length > LONG ? `${line.slice(0, LONG)}…` : line;
  }
  return value.length === 0 ? text.parameters.noStops : writeStops(value).split("\n").join(" · ");
}

/** Where a value comes from. */
export function originWords(origin: Layer | undefined): string {
  return origin === undefined ? text.parameters.providers : text.parameters.from[origin];
}

export function heldWords(name: Name, { value, origin }: Held): string {
  return origin === undefined
    ? text.parameters.providers
    : text.parameters.holds(valueWords(name, value), originWords(origin));
}

/** What was sent with an answer, a row each: the name, and the value with where it came from. */
export function sentRows({ values, origins, left_out }: SentParameters): [string, string][] {
  const rows: [string, string][] = NAMES.flatMap((name) => {
    const layer = LAYERS.find((one) => one === origins[name]);
    if (layer === undefined) return [];
    const words = name === "system_prompt" ? "" : valueWords(name, values[name]);
    if (words === "" && name !== "system_prompt") return [];
    return [[nameOf(name), [words, originWords(layer)].filter(Boolean).join(", ")]];
  });
  if (left_out.length > 0) rows.push([text.parameters.leftOut, left_out.map(nameOf).join(", ")]);
  return rows;
}
