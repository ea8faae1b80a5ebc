/** No style names left or right: what stands at the start of a line stands there in every language. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCES = "src";

/** A declaration, and what is physical about it. */
interface Offence {
  line: number;
  why: string;
}

const SIDES = /^(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right)(?:-\w+)?|left|right)$/;
const CORNERS = /^border-(?:top|bottom)-(?:left|right)-radius$/;
const FOUR = /^(?:margin|padding|inset|border-(?:width|style|color)|scroll-(?:margin|padding))$/;

/** The words of a value; what stands in brackets is one. */
function words(value: string): string[] {
  return value.match(/(?:[^\s(]+\((?:[^()]|\([^()]*\))*\)|[^\s]+)/g) ?? [];
}

/** Whether a shift along the line turns with the line. */
const turns = (word: string | undefined) =>
  word === undefined || /^-?0(?:\w+)?$/.test(word) || word.includes("--forward");

function wrong(name: string, value: string): string | undefined {
  if (SIDES.test(name) || CORNERS.test(name)) return "has a logical name";
  const [first, second, third, fourth] = words(value);
  if (FOUR.test(name) && second !== (fourth ?? second)) return "sides that differ: use -inline";
  if (name === "border-radius" && !value.includes("/")) {
    const corners = [first, second ?? first, third ?? first, fourth ?? second ?? first];
    if (corners[0] !== corners[1] || corners[2] !== corners[3])
      return "corners that differ: use border-start-end-radius";
  }
  if (/^(?:text-align|float|clear|justify-\w+)$/.test(name) && /\b(?:left|right)\b/.test(value))
    return "use start and end";
  if (name === "translate" && !turns(first)) return "multiply by --forward";
  if (name === "box-shadow" && /^inset -?\d/.test(value) && !value.startsWith("inset 0"))
    return "multiply by --forward";
  if (/\bto (?:left|right)\b/.test(value)) return "a gradient does not turn";
  return undefined;
}

/** Every declaration outside comments that would not turn with the page. */
function offences(css: string): Offence[] {
  const bare = css.replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "));
  return [...bare.matchAll(/(?<=[{;]\s*)([a-z-]+)\s*:\s*([^;{}]+);/g)].flatMap((match) => {
    const why = wrong(match[1] ?? "", (match[2] ?? "").trim().replaceAll(/\s+/g, " "));
    return why === undefined ? [] : [{ line: bare.slice(0, match.index).split("\n").length, why }];
  });
}

const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" });

it.each(files.filter((name) => name.endsWith(".css")))("%s turns with the page", (name) => {
  expect(offences(readFileSync(join(SOURCES, name), "utf8"))).toEqual([]);
});

it("no inline style names a side", () => {
  const inline = /style=\{\{[^}]*\b(?:left|right|marginLeft|marginRight|paddingLeft|paddingRight)\s*:/;
  const found = files.filter((name) => name.endsWith(".tsx") && inline.test(readFileSync(join(SOURCES, name), "utf8")));
  expect(found).toEqual([]);
});

describe("the check itself", () => {
  it.each([
    ["margin-left: 1px", 1],
    ["padding: 0 1px 0 2px", 1],
    ["padding: 0 1px 0 1px", 0],
    ["padding: 0 calc(1px + 2px)", 0],
    ["border-radius: 0 4px 4px 0", 1],
    ["border-radius: 4px 4px 0 0", 0],
    ["text-align: left", 1],
    ["translate: -50% 0", 1],
    ["translate: 0 -50%", 0],
    ["translate: calc(var(--forward) * 185%)", 0],
    ["inset-inline-start: 0", 0],
    ["left: 0", 1],
    ["/* left: 0; */ color: red", 0],
    ["background: linear-gradient(to right, red, blue)", 1],
  ])("%s: %d", (declaration, count) => expect(offences(`.a { ${declaration}; }`)).toHaveLength(count));
});
