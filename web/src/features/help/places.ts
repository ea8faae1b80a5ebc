/** Where the handbook tells of what: which page belongs to which screen, and in which order pages are listed. */

export interface Place {
  page: string;
  /** A heading on the page, as links name it; the page's beginning without one. */
  section?: string | undefined;
}

/** The field that the handbook is searched by, for whoever brings the focus to it. */
export const HELP_SEARCH_ID = "help-search";

/** What is new is read like a page of the handbook. */
export const CHANGES = "whats-new";

/** From the first steps to what is looked up. */
export const ORDER: readonly string[] = [
  "getting-started",
  "chat",
  "compare",
  "personas",
  "memory",
  "library-and-citations",
  "models-and-providers",
  "gateway-on-the-page",
  "routes",
  "tiers",
  "experiments",
  "keys-and-budgets",
  "money",
  "caching",
  "tokens-and-context",
  "privacy-and-data",
  "configuration",
  "command-line",
  "gateway-api",
  "translation",
  "metrics",
  "troubleshooting",
];

const START: Place = { page: "getting-started" };

/** By the beginning of a screen's address; the longer beginning counts. */
export const PLACES: Readonly<Record<string, Place>> = {
  "/": { page: "chat", section: "while-you-write" },
  "/c": { page: "chat", section: "ask-and-read" },
  "/compare": { page: "compare" },
  "/compare/runs": { page: "compare", section: "prompt-sets" },
  "/library": { page: "library-and-citations" },
  "/personas": { page: "personas" },
  "/templates": { page: "chat", section: "templates" },
  "/memory": { page: "memory" },
  "/models": { page: "gateway-on-the-page", section: "see-how-models-are-doing" },
  "/routes": { page: "gateway-on-the-page", section: "make-a-route-and-try-it" },
  "/keys": { page: "gateway-on-the-page", section: "give-programs-keys" },
  "/exchanges": { page: "gateway-on-the-page", section: "look-into-exchanges" },
  "/experiments": { page: "experiments" },
  "/money": { page: "money" },
  "/usage": { page: "money" },
  "/settings": { page: "configuration" },
  "/settings/general": { page: "getting-started", section: "the-page-in-your-language" },
  "/settings/appearance": { page: "getting-started", section: "the-page-in-your-language" },
  "/settings/conversations": { page: "chat", section: "bring-conversations-along-and-take-them-out" },
  "/settings/providers": { page: "models-and-providers" },
  "/settings/advanced": { page: "troubleshooting" },
  "/settings/tools": { page: "chat", section: "add-tools-of-other-programs" },
  "/settings/keys": { page: "keys-and-budgets" },
};

/** What the handbook says of the screen with this address. */
export function placeOf(pathname: string): Place {
  const [, first = "", second = ""] = pathname.split("/");
  return PLACES[`/${first}/${second}`] ?? PLACES[`/${first}`] ?? START;
}

/** The address of a place, for links that can be opened in a window of their own. */
export function addressOf({ page, section }: Place): string {
  return `/help?page=${encodeURIComponent(page)}${section ? `&section=${encodeURIComponent(section)}` : ""}`;
}

/** What a link within the handbook names, such as `chat.md#templates`; nothing for a document that is not of it. */
export function placeOfLink(target: string): Place | undefined {
  const [, page, section] = /^([\w-]+)\.md(?:#(.+))?$/.exec(target) ?? [];
  return page === undefined || !ORDER.includes(page) ? undefined : { page, section };
}

/** The address of what a link names. */
export function addressOfLink(target: string): string | undefined {
  const place = placeOfLink(target);
  return place ? addressOf(place) : undefined;
}
