// Which page belongs to which screen, how pages are cut into sections, and what a search finds in them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Help } from "@/lib/types";
import { around, find, marked, MOST_HITS } from "./find";
import { addressOf, CHANGES, ORDER, placeOf, placeOfLink, PLACES } from "./places";
import { pagesOf, plain, sectionsOf } from "./sections";

const ROOT = join(import.meta.dirname, "../../../..");
const HANDBOOK = join(ROOT, "docs/handbook");
const names = readdirSync(HANDBOOK)
  .filter((file) => file.endsWith(".md"))
  .map((file) => file.slice(0, -3));
const handbook: Help = {
  version: "1.2.3",
  pages: names.map((name) => {
    const source = readFileSync(join(HANDBOOK, `${name}.md`), "utf8");
    return { name, title: sectionsOf(source)[0]?.heading ?? "", text: source };
  }),
  changes: readFileSync(join(ROOT, "CHANGELOG.md"), "utf8"),
};
const pages = pagesOf(handbook, "What's new");

describe("places", () => {
  it("lists every page of the handbook once", () => {
    expect(ORDER.toSorted()).toEqual(names.toSorted());
    expect(pages.map(({ name }) => name)).toEqual([...ORDER, CHANGES]);
  });

  it("names pages and headings that are there", () => {
    for (const [screen, { page, section }] of Object.entries(PLACES)) {
      const aimed = pages.find(({ name }) => name === page);
      expect(aimed, `${screen}: ${page}`).toBeDefined();
      if (section !== undefined)
        expect(
          aimed?.sections.map(({ anchor }) => anchor),
          `${screen}: ${page}#${section}`,
        ).toContain(section);
    }
  });

  it("knows every screen", () => {
    const router = readFileSync(join(ROOT, "web/src/app/router.tsx"), "utf8");
    const paths = [...router.matchAll(/path: "(\/[^"$]*?)\/?(?:\$[^"]*)?"/g)].map(([, path]) => path || "/");
    expect(paths.length).toBeGreaterThan(15);
    // What somebody shared stands by itself; the help and the page on the design have no page about them.
    const own = paths.filter((path) => !["/s", "/help", "/design"].includes(path));
    expect(own.filter((path) => !(path in PLACES))).toEqual([]);
  });

  it("goes by the longest beginning of an address", () => {
    expect(placeOf("/")).toEqual(PLACES["/"]);
    expect(placeOf("/c/01J")).toEqual(PLACES["/c"]);
    expect(placeOf("/compare/runs/7")).toEqual(PLACES["/compare/runs"]);
    expect(placeOf("/settings/tools")).toEqual(PLACES["/settings/tools"]);
    expect(placeOf("/settings/other")).toEqual(PLACES["/settings"]);
    expect(placeOf("/nowhere/at/all")).toEqual({ page: "getting-started" });
  });

  it("follows links between pages, and no other", () => {
    expect(placeOfLink("chat.md#templates")).toEqual({ page: "chat", section: "templates" });
    expect(placeOfLink("money.md")).toEqual({ page: "money", section: undefined });
    for (const other of ["../caching.md", "https://x.y/chat.md", "nowhere.md", "chat"])
      expect(placeOfLink(other), other).toBeUndefined();
    expect(addressOf({ page: "chat", section: "templates" })).toBe("/help?page=chat&section=templates");
    expect(addressOf({ page: "chat" })).toBe("/help?page=chat");
  });
});

describe("sections", () => {
  it("cuts at headings and not within code, and keeps names apart", () => {
    const cut = sectionsOf(
      "# A `page`\nIntro\n\n## Two words!\n```sh\n# no heading\n```\n## [1.0.0]\n### Added\n- x\n### Added\n- y\n",
    );
    expect(cut.map(({ anchor, heading, level }) => [anchor, heading, level])).toEqual([
      ["a-page", "A page", 1],
      ["two-words", "Two words!", 2],
      ["100", "1.0.0", 2],
      ["added", "Added", 3],
      ["added-1", "Added", 3],
    ]);
    expect(cut[1]?.source).toContain("# no heading");
  });

  it("tells Markdown as words", () => {
    expect(
      plain("See [the **table**](a.md), `x`.\n\n- one\n- two\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n```sh\nls\n```"),
    ).toBe("See the table, x. one two a b 1 2 ls");
  });

  it("puts the newest changes first", () => {
    const changes = pages.at(-1);
    expect(changes?.sections.find(({ level }) => level === 2)?.anchor).toBe(
      /^## \[?([^\]\s]+)/m.exec(handbook.changes)?.[1]?.toLowerCase().replaceAll(".", ""),
    );
  });
});

describe("search", () => {
  const given = pagesOf(
    {
      version: "1",
      pages: [
        {
          name: "chat",
          title: "Conversations",
          text: "# Conversations\nTalk.\n## Tags\nA lantern and a flag.\n## Lantern\nOil.",
        },
        { name: "money", title: "Money", text: "# Money\nWhat a lantern costs." },
      ],
      changes: "# Changelog\n## [2.0.0]\n- A lantern.",
    },
    "New",
  );
  const found = (query: string) => find(given, query).map(({ page, heading }) => `${page}: ${heading}`);

  it("wants every word, counts headings first and what is new last", () => {
    expect(found("LANTERN")).toEqual(["Conversations: Lantern", "Conversations: Tags", "Money: Money", "New: 2.0.0"]);
    expect(found("lantern flag")).toEqual(["Conversations: Tags"]);
    expect(found("money")).toEqual(["Money: Money"]);
    expect(found("conversations")).toEqual(["Conversations: Conversations"]);
    expect(found("nothing like it")).toEqual([]);
    expect(found("  ")).toEqual([]);
  });

  it("finds in the handbook what people ask for", () => {
    for (const [query, page] of [
      ["share", "chat"],
      ["budget", "keys-and-budgets"],
      ["ollama", "models-and-providers"],
      ["backup", "privacy-and-data"],
      ["429", "troubleshooting"],
    ] as const)
      expect(
        find(pages, query)
          .slice(0, 5)
          .map(({ place }) => place.page),
        query,
      ).toContain(page);
    expect(find(pages, "a").length).toBe(MOST_HITS);
  });

  it("shows what stands around, with the words marked", () => {
    const text = `${"before ".repeat(30)}the lantern ${"after ".repeat(60)}`;
    const pieces = around(text, ["lantern"]);
    expect(pieces.filter((piece) => piece.found)).toEqual([{ text: "lantern", found: true }]);
    const shown = pieces.map((piece) => piece.text).join("");
    expect(shown.startsWith("… before")).toBe(true);
    expect(shown.endsWith("after …")).toBe(true);
    expect(shown.length).toBeLessThan(240);
    expect(marked("a+b (c)", ["+", "("]).filter((piece) => piece.found)).toHaveLength(2);
    expect(
      marked("Tag tags", ["tag", "tags"])
        .filter((piece) => piece.found)
        .map((piece) => piece.text),
    ).toEqual(["Tag", "tags"]);
  });
});
