/** What a person chose among passages by facets, as the address and the server write it. */

/** Facets whose values are chosen, in the order in which they are shown. */
export const FACETS = ["type", "school", "document_kind", "tag", "source", "format", "collection", "added"] as const;
export type Facet = (typeof FACETS)[number];

/** In the address: values parted by commas. */
export type ChoiceSearch = Partial<Record<Facet | "level_min" | "level_max", string | undefined>>;

/** Chosen values by facet, and the ends of the range of levels. */
export interface Choice {
  values: Partial<Record<Facet, readonly string[]>>;
  levelMin: string | undefined;
  levelMax: string | undefined;
}

const told = (value: unknown): string | undefined => {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
};

export function parseChoiceSearch(search: Record<string, unknown>): ChoiceSearch {
  return Object.fromEntries(
    [...FACETS, "level_min", "level_max"].flatMap((name) => {
      const value = told(search[name]);
      return value === undefined ? [] : [[name, value]];
    }),
  ) as ChoiceSearch;
}

/** Values parted by commas; a backslash makes a comma a part of a value. */
export function listed(text: string | undefined): string[] {
  if (!text) return [];
  const values = [""];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at);
    const last = values.length - 1;
    if (sign === ",") values.push("");
    else if (sign === "\\" && at + 1 < text.length) values[last] += text.charAt((at += 1));
    else values[last] += sign;
  }
  return values.filter((value) => value !== "");
}

export function written(values: readonly string[]): string | undefined {
  const text = values.map((value) => value.replaceAll(/[\\,]/g, (sign) => `\\${sign}`)).join(",");
  return text === "" ? undefined : text;
}

export function choiceOf(search: ChoiceSearch): Choice {
  const values = Object.fromEntries(
    FACETS.flatMap((facet) => {
      const chosen = listed(search[facet]);
      return chosen.length === 0 ? [] : [[facet, chosen]];
    }),
  );
  return { values, levelMin: search.level_min, levelMax: search.level_max };
}

/** The same in the address; what was not chosen is taken out of it. */
export function searchOf(choice: Choice): ChoiceSearch {
  const values = FACETS.map((facet) => [facet, written(choice.values[facet] ?? [])]);
  return { ...Object.fromEntries(values), level_min: choice.levelMin, level_max: choice.levelMax };
}

export const NOTHING: Choice = { values: {}, levelMin: undefined, levelMax: undefined };

/** How many things were chosen. */
export function chosenCount(choice: Choice): number {
  const values = FACETS.reduce((sum, facet) => sum + (choice.values[facet]?.length ?? 0), 0);
  return values + (choice.levelMin === undefined && choice.levelMax === undefined ? 0 : 1);
}

export function toggled(choice: Choice, facet: Facet, value: string): Choice {
  const chosen = choice.values[facet] ?? [];
  const next = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value];
  return { ...choice, values: { ...choice.values, [facet]: next } };
}

/** A level as books write it. */
export function levelName(level: string | number): string {
  return { "0.125": "1/8", "0.25": "1/4", "0.5": "1/2" }[String(level)] ?? String(level);
}
