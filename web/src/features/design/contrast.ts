/** Which colours stand on which, and how well they can be told apart: the formulas of WCAG 2.2 (1.4.3 and 1.4.11). */

export interface Pair {
  /** The tokens' names. */
  on: string;
  ground: string;
  /** The least contrast: 4.5 for text, 3 for edges and signs. */
  least: number;
}

const GROUNDS = ["ground", "ground-deep", "surface", "raised"];
const pairs = (inks: readonly string[], grounds: readonly string[], least: number): Pair[] =>
  inks.flatMap((on) => grounds.map((ground) => ({ on, ground, least })));

/** Every pair that the page shows. */
export const PAIRS: readonly Pair[] = [
  ...pairs(["ink", "ink-soft"], GROUNDS, 4.5),
  ...pairs(["accent", "danger", "good"], ["ground", "surface", "raised"], 4.5),
  ...pairs(["warn"], ["ground", "surface", "raised"], 4.5),
  ...pairs(["on-accent"], ["accent", "accent-strong"], 4.5),
  ...pairs(["ink", "accent-strong"], ["accent-soft"], 4.5),
  ...pairs(["on-mark"], ["mark"], 4.5),
  ...pairs(["ink", "danger"], ["danger-soft"], 4.5),
  ...pairs(["ink", "warn"], ["warn-soft"], 4.5),
  ...pairs(["surface"], ["ink"], 4.5),
  ...pairs(["code-keyword", "code-string", "code-number", "code-title", "code-comment"], ["code-ground"], 4.5),
  ...pairs(["ink", "ink-soft"], ["code-ground"], 4.5),
  // Edges of fields, the mark of a citation, the ring around what has the focus.
  ...pairs(["line-strong", "accent"], ["ground", "surface", "raised"], 3),
];

/** `#rrggbb` as three numbers from 0 to 1. */
export function channels(colour: string): [number, number, number] | undefined {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour.trim());
  if (!hex) return undefined;
  const part = (index: number) => Number.parseInt(hex[index] ?? "0", 16) / 255;
  return [part(1), part(2), part(3)];
}

function luminance(colour: [number, number, number]): number {
  const [red, green, blue] = colour.map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** From 1 (the same) to 21 (black on white); nothing for what is no colour. */
export function contrast(one: string, other: string): number | undefined {
  const [first, second] = [channels(one), channels(other)];
  if (!first || !second) return undefined;
  const [dark, light] = [luminance(first), luminance(second)].toSorted((a, b) => a - b);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

/** The tokens of a theme, from the style sheet that has them. */
export function tokensOf(css: string, theme: "light" | "dark"): Map<string, string> {
  const body = css.slice(css.indexOf(`[data-theme="${theme}"]`));
  const block = body.slice(0, body.indexOf("}"));
  return new Map([...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name = "", value = ""]) => [name, value]));
}
