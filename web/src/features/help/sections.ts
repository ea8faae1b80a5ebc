/** Pages of the handbook as their sections: what can be linked to, listed and found. */
import type { Help } from "@/lib/types";
import { CHANGES, ORDER } from "./places";

export interface Section {
  /** As links name it; unique on its page. */
  anchor: string;
  heading: string;
  /** 1 for the page itself. */
  level: number;
  /** What stands below the heading, as Markdown. */
  source: string;
}

export interface Page {
  name: string;
  title: string;
  sections: readonly Section[];
}

const HEADING = /^(#{1,6})\s+(.+?)\s*$/;

/** The pages in the order that they are listed in; what is new comes last. */
export function pagesOf(help: Help, changesTitle: string): Page[] {
  const rank = (name: string) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  const pages = help.pages
    .toSorted((one, other) => rank(one.name) - rank(other.name))
    .map(({ name, title, text }) => ({ name, title, sections: sectionsOf(text) }));
  return [...pages, { name: CHANGES, title: changesTitle, sections: sectionsOf(help.changes) }];
}

/** A page cut at its headings; within code `#` is no heading. */
export function sectionsOf(source: string): Section[] {
  const sections: (Omit<Section, "source"> & { lines: string[] })[] = [];
  const taken = new Map<string, number>();
  let code = false;
  for (const line of source.split("\n")) {
    if (line.trimStart().startsWith("```")) code = !code;
    const [, marks, words] = (code ? undefined : HEADING.exec(line)) ?? [];
    if (marks === undefined || words === undefined) {
      sections.at(-1)?.lines.push(line);
      continue;
    }
    const anchor = anchorOf(words);
    const before = taken.get(anchor) ?? 0;
    taken.set(anchor, before + 1);
    sections.push({
      anchor: before === 0 ? anchor : `${anchor}-${before}`,
      heading: plain(words).replaceAll(/[[\]]/g, ""),
      level: marks.length,
      lines: [],
    });
  }
  return sections.map(({ anchor, heading, level, lines }) => ({
    anchor,
    heading,
    level,
    source: lines.join("\n").trim(),
  }));
}

/** What a heading is called in links, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

/** Markdown as the words that are read, on one line. */
export function plain(markdown: string): string {
  return markdown
    .replaceAll(/^\s*```.*$/gm, " ")
    .replaceAll(/^\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*$/gm, " ")
    .replaceAll(/!?\[([^\]]+)\]\([^)]*\)/g, "$1")
    .replaceAll(/\*\*|`|\s\|(?=\s|$)|^\s*(?:[-*>|]|\d+\.)\s/gm, " ")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ (?=[.,;:)])/g, "")
    .trim();
}
