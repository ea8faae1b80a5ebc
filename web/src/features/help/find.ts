/** Finds places in the handbook: every word has to stand in the section, headings count most. */
import { CHANGES, type Place } from "./places";
import { plain, type Page } from "./sections";

export interface Hit {
  place: Place;
  page: string;
  heading: string;
  /** What stands around the first word found, in pieces. */
  around: readonly Piece[];
}

export interface Piece {
  text: string;
  found: boolean;
}

/** More is found by more words. */
export const MOST_HITS = 40;
const BEFORE = 60;
const AFTER = 140;

/** The words that are looked for. */
export function wordsOf(query: string): string[] {
  return [...new Set(query.toLowerCase().split(/\s+/).filter(Boolean))];
}

export function find(pages: readonly Page[], query: string): Hit[] {
  const words = wordsOf(query);
  if (words.length === 0) return [];
  const phrase = words.join(" ");
  const ranked: { score: number; hit: Hit }[] = [];
  for (const page of pages) {
    const title = page.title.toLowerCase();
    for (const section of page.sections) {
      const text = plain(section.source);
      const [heading, body] = [section.heading.toLowerCase(), text.toLowerCase()];
      if (!words.every((word) => heading.includes(word) || body.includes(word) || title.includes(word))) continue;
      // A page of that title is one hit, not as many as it has sections.
      if (section.level > 1 && words.every((word) => !heading.includes(word) && !body.includes(word))) continue;
      const score =
        6 * words.filter((word) => heading.includes(word)).length +
        2 * words.filter((word) => title.includes(word)).length +
        (body.includes(phrase) ? 3 : 0) -
        (page.name === CHANGES ? 12 : 0);
      const place = { page: page.name, section: section.level > 1 ? section.anchor : undefined };
      ranked.push({
        score,
        hit: {
          place,
          page: page.title,
          heading: section.level > 1 ? section.heading : page.title,
          around: around(text, words),
        },
      });
    }
  }
  return ranked
    .toSorted((one, other) => other.score - one.score)
    .slice(0, MOST_HITS)
    .map(({ hit }) => hit);
}

/** The text around the first word that is in it, with all words marked. */
export function around(text: string, words: readonly string[]): Piece[] {
  const lower = text.toLowerCase();
  const places = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0);
  const first = places.length === 0 ? 0 : Math.min(...places);
  const from = first <= BEFORE ? 0 : text.indexOf(" ", first - BEFORE) + 1;
  const until = first + AFTER >= text.length ? text.length : text.lastIndexOf(" ", first + AFTER);
  const to = until <= first ? Math.min(text.length, first + AFTER) : until;
  const cut = `${from > 0 ? "… " : ""}${text.slice(from, to)}${to < text.length ? " …" : ""}`;
  return marked(cut, words);
}

/** A text in pieces, with the words marked. */
export function marked(text: string, words: readonly string[]): Piece[] {
  if (words.length === 0) return [{ text, found: false }];
  const longestFirst = words.toSorted((one, other) => other.length - one.length);
  const pattern = new RegExp(
    `(${longestFirst.map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|")})`,
    "gi",
  );
  return text
    .split(pattern)
    .map((piece, index) => ({ text: piece, found: index % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}
