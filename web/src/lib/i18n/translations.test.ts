import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { text } from "../i18n";
import { ar } from "./ar";
import { de } from "./de";
import { es } from "./es";
import { choose, directionOf, LANGUAGES, translate, type Catalogue } from "./language";
import { nouns, of } from "./ar/nouns";
import { zh } from "./zh";

const CATALOGUES: Record<string, Catalogue> = { de, es, zh, ar };

/** Every word of a catalogue by its path, such as `chat.send`. */
function leaves(group: unknown, path = ""): Map<string, unknown> {
  if (typeof group !== "object" || group === null) return new Map([[path, group]]);
  const all = new Map<string, unknown>();
  for (const [key, value] of Object.entries(group))
    for (const [at, leaf] of leaves(value, path === "" ? key : `${path}.${key}`)) all.set(at, leaf);
  return all;
}

/** Arguments that can be found again in what they become. */
const GIVEN = ["⟦a⟧", "⟦b⟧", "⟦c⟧", "⟦d⟧"];
const COUNTS = [7_001, 7_002, 7_003, 7_004];

/** Which of its arguments a function shows; functions of closed sets show none. */
function shown(say: (...given: never[]) => unknown, given: readonly unknown[]): string {
  try {
    const said = String((say as (...given: readonly unknown[]) => unknown)(...given));
    // A count that was given as words.
    if (/NaN|非数/.test(said)) return "closed";
    const plain = said.replaceAll(/[.,\u00a0\u202f٬]/g, "").toLowerCase();
    return given.flatMap((value, index) => (plain.includes(String(value)) ? [index] : [])).join(" ");
  } catch {
    return "closed";
  }
}

const english = leaves(text);

describe.each(Object.entries(CATALOGUES))("%s", (_, catalogue) => {
  const words = leaves(catalogue);

  it("has every key, and no other", () => {
    expect([...words.keys()].toSorted()).toEqual([...english.keys()].toSorted());
  });

  it("says something for each, in its own words", () => {
    for (const [path, word] of words) {
      const original = english.get(path);
      expect(typeof word, path).toBe(typeof original);
      if (typeof word === "string" && original !== "") expect(word.trim(), path).not.toBe("");
    }
    // Names and abbreviations are the same everywhere; sentences are not.
    const same = [...words].filter(
      ([path, word]) => typeof word === "string" && word.split(" ").length > 3 && word === english.get(path),
    );
    expect(same.map(([path]) => path).filter((path) => !path.startsWith("onboarding.questions"))).toEqual([]);
  });

  it("shows what the English words show", () => {
    for (const [path, word] of words) {
      const original = english.get(path);
      if (typeof word !== "function" || typeof original !== "function") continue;
      for (const all of [GIVEN, COUNTS]) {
        const given = all.slice(0, Math.max(1, original.length));
        const wanted = shown(original as never, given);
        if (wanted === "closed") continue;
        const told = shown(word as never, given);
        if (told === "closed" && all === GIVEN) continue;
        const got = told.split(" ");
        expect(
          wanted.split(" ").filter((index) => index !== "" && !got.includes(index)),
          path,
        ).toEqual([]);
      }
    }
  });
});

describe("a catalogue written over another", () => {
  beforeAll(() => expect(english.size).toBeGreaterThan(1_000));

  it("leaves English where it has no word", () => {
    const words = { a: { b: "one", c: (n: number) => `${n} of them` }, list: ["x"] };
    translate(words, { a: { b: "eins" }, list: ["y", "z"], more: "?" });
    expect([words.a.b, words.a.c(2), words.list]).toEqual(["eins", "2 of them", ["y", "z"]]);
    expect("more" in words).toBe(false);
    translate(words, { a: { c: "not a function" } });
    expect(words.a.c(3)).toBe("3 of them");
  });

  it.each([
    ["de", ["fr"], "de"],
    ["", ["fr-FR", "es-MX", "en"], "es"],
    [undefined, ["zh-CN"], "zh"],
    ["xx", ["pt"], "en"],
    ["", ["ar-EG", "en"], "ar"],
    ["ar", ["en"], "ar"],
  ])("is chosen: %j, else of %j", (chosen, browser, language) => {
    expect(choose(chosen, browser)).toBe(language);
    expect(beforeThePaint(chosen ?? "", browser)).toEqual({
      lang: language,
      dir: directionOf(choose(chosen, browser)),
    });
  });

  it.each(LANGUAGES)("stands before the first paint: %s", (language) =>
    expect(beforeThePaint(language, ["en"])).toEqual({ lang: language, dir: directionOf(language) }),
  );
});

/** What the script that runs before anything is painted makes of the root. */
function beforeThePaint(chosen: string, languages: readonly string[]) {
  const documentElement = { lang: "", dir: "", dataset: {} };
  const stored = { getItem: (name: string) => (name === "familiar.language" ? chosen : null) };
  const script = readFileSync("public/theme.js", "utf8");
  new Function("document", "localStorage", "navigator", "matchMedia", script)(
    { documentElement },
    stored,
    { languages },
    () => ({ matches: false }),
  );
  return { lang: documentElement.lang, dir: documentElement.dir };
}

describe("Arabic counts", () => {
  it("have a word for every category", () => {
    const rules = new Intl.PluralRules("ar");
    const counts = [0, 1, 2, 3, 11, 100];
    expect(new Set(counts.map((count) => rules.select(count))).size).toBe(6);
    expect(counts.map(nouns.document)).toEqual([
      "0 مستند",
      "مستند واحد",
      "مستندان",
      "3 مستندات",
      "11 مستندًا",
      "100 مستند",
    ]);
    expect(counts.map(of(nouns.conversation)).slice(1, 4)).toEqual(["محادثة واحدة", "محادثتين", "3 محادثات"]);
  });
});
