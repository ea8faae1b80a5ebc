/** Which language the page speaks, and how it gets there: English is here, every other is loaded when it is chosen. */
import type { Translation } from "./translation";
import type { text } from "../i18n";

export const LANGUAGES = ["en", "de", "es", "zh", "ar"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each in its own words, as people look for theirs. */
export const LANGUAGE_NAMES: Record<Language, string> = {
  en: "English",
  de: "Deutsch",
  es: "Español",
  zh: "简体中文",
  ar: "العربية",
};

/** Those that are read from right to left. */
const RIGHT_TO_LEFT: ReadonlySet<Language> = new Set(["ar"]);

/**
 * What browsers and `Intl` call them. Figures are the same in all, since some are put together here and others come from
 * models, ids and addresses: in Arabic too digits are 0 to 9 and years are Gregorian, whatever the country's custom.
 */
const LOCALES: Record<Language, string> = {
  en: "en",
  de: "de",
  es: "es",
  zh: "zh-Hans",
  ar: "ar-u-ca-gregory-nu-latn",
};

export type Catalogue = Translation<typeof text>;

const CATALOGUES: Record<Exclude<Language, "en">, () => Promise<Catalogue>> = {
  de: () => import("./de").then(({ de }) => de),
  es: () => import("./es").then(({ es }) => es),
  zh: () => import("./zh").then(({ zh }) => zh),
  ar: () => import("./ar").then(({ ar }) => ar),
};

const STORED = "familiar.language";

let current: Language = "en";

/** The language that is chosen, or the first of the browser's that is here. */
export function choose(chosen: string | null | undefined, browser: readonly string[]): Language {
  const wanted = [chosen ?? "", ...browser].map((name) => name.toLowerCase().split("-", 1)[0]);
  return wanted.flatMap((name) => LANGUAGES.find((language) => language === name) ?? [])[0] ?? "en";
}

export function language(): Language {
  return current;
}

export type Direction = "ltr" | "rtl";

/** Which way the page is read; what people and models write has a direction of its own. */
export function direction(): Direction {
  return directionOf(current);
}

export function directionOf(name: Language): Direction {
  return RIGHT_TO_LEFT.has(name) ? "rtl" : "ltr";
}

/** For `Intl`. */
export function locale(): string {
  return LOCALES[current];
}

/** Puts the words of the chosen language in the place of the English ones, before anything is shown. */
export async function speak(words: typeof text): Promise<void> {
  const wanted = choose(remembered(), navigator.languages);
  if (wanted !== "en") {
    try {
      translate(words, await CATALOGUES[wanted]());
      current = wanted;
    } catch {
      // A language that cannot be loaded leaves the page in English rather than empty.
    }
  }
  // `public/theme.js` has set both before the first paint; a catalogue that could not be had takes them back.
  document.documentElement.lang = current;
  document.documentElement.dir = direction();
}

/** Takes what was chosen, here or in another window: the page begins anew in it. Empty follows the browser. */
export function takeLanguage(chosen: string): void {
  if (chosen === (remembered() ?? "")) return;
  try {
    if (chosen === "") localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, chosen);
  } catch {
    return;
  }
  if (choose(chosen, navigator.languages) !== current) window.location.reload();
}

/** Writes the words that a catalogue has over those that are there; what it lacks stays. */
export function translate(words: object, catalogue: object): void {
  const target = words as Record<string, unknown>;
  for (const [key, value] of Object.entries(catalogue)) {
    const there = target[key];
    if (isGroup(value) && isGroup(there)) translate(there, value);
    else if (typeof value === typeof there) target[key] = value;
  }
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function remembered(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}
