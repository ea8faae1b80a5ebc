/** Cuts Markdown into top-level blocks, so that only the block that grows is rendered again. */
import { Marked, type Token, type TokenizerAndRendererExtension } from "marked";

/** `$x$`, `$$x$$`, `\(x\)` and `\[x\]`; a dollar sign before a space or a figure after it is money. */
const INLINE_MATH = /^(?:\$\$([^$]+?)\$\$|\\\((.+?)\\\)|\$(?!\s)([^$\n]*?[^$\s\\])\$(?!\d))/s;
const BLOCK_MATH = /^(?:\$\$\s*\n?([\s\S]+?)\n?\s*\$\$|\\\[([\s\S]+?)\\\])(?:\n+|$)/;
/** `[1]` that is neither a link nor a footnote's definition. */
const CITATION = /^\[(\d{1,3})\](?![(:])/;
/** `[^1]` in a text. */
const NOTE = /^\[\^([^\]\s]{1,40})\]/;
/** `[^1]: what it says`, going on in lines that are indented. */
const NOTE_TEXT = /^\[\^([^\]\s]{1,40})\]:[ \t]*([^\n]*(?:\n(?:[ \t]{2,}[^\n]*))*)(?:\n+|$)/;

const blockMath: TokenizerAndRendererExtension = {
  name: "blockMath",
  level: "block",
  start: (source) => earliest(source.indexOf("$$"), source.indexOf("\\[")),
  tokenizer: (source) => {
    const match = BLOCK_MATH.exec(source);
    return match ? { type: "blockMath", raw: match[0], tex: (match[1] ?? match[2] ?? "").trim() } : undefined;
  },
  renderer: (token) => math(String(token["tex"]), true),
};

const inlineMath: TokenizerAndRendererExtension = {
  name: "inlineMath",
  level: "inline",
  start: (source) => earliest(source.indexOf("$"), source.indexOf("\\(")),
  tokenizer: (source) => {
    const match = INLINE_MATH.exec(source);
    if (!match) return undefined;
    return {
      type: "inlineMath",
      raw: match[0],
      tex: (match[1] ?? match[2] ?? match[3] ?? "").trim(),
      display: match[1] !== undefined,
    };
  },
  renderer: (token) => math(String(token["tex"]), token["display"] === true),
};

const citation: TokenizerAndRendererExtension = {
  name: "citation",
  level: "inline",
  start: (source) => {
    const at = source.search(/\[\d{1,3}\]/);
    return at < 0 ? undefined : at;
  },
  tokenizer: (source) => {
    const match = CITATION.exec(source);
    return match ? { type: "citation", raw: match[0], index: match[1] } : undefined;
  },
  renderer: (token) => `<span data-citation="${String(token["index"])}">[${String(token["index"])}]</span>`,
};

const note: TokenizerAndRendererExtension = {
  name: "note",
  level: "inline",
  start: (source) => earliest(source.indexOf("[^")),
  tokenizer: (source) => {
    const match = NOTE.exec(source);
    return match ? { type: "note", raw: match[0], label: match[1] } : undefined;
  },
  renderer: (token) => {
    const label = escapeHtml(String(token["label"]));
    return `<sup><button type="button" class="note-ref" data-note="${label}">${label}</button></sup>`;
  },
};

const noteText: TokenizerAndRendererExtension = {
  name: "noteText",
  level: "block",
  // Only at the beginning of a line: within one it is the number that leads here.
  start: (source) => earliest(source.search(/(?<=\n)\[\^[^\]\s]{1,40}\]:/)),
  tokenizer(source) {
    const match = NOTE_TEXT.exec(source);
    if (!match) return undefined;
    const token = { type: "noteText", raw: match[0], label: match[1], tokens: [] as Token[] };
    this.lexer.inline((match[2] ?? "").replace(/\n[ \t]+/g, "\n"), token.tokens);
    return token;
  },
  renderer(token) {
    const label = escapeHtml(String(token["label"]));
    return `<div class="note" data-note-text="${label}" tabindex="-1"><sup>${label}</sup> ${this.parser.parseInline(token.tokens ?? [])}</div>`;
  },
  childTokens: ["tokens"],
};

export const marked = new Marked({
  gfm: true,
  breaks: false,
  extensions: [blockMath, inlineMath, citation, noteText, note],
});

/** A text cut into blocks, and what is needed to go on when it grows. */
export interface Cut {
  source: string;
  /** All tokens, also those that show nothing. */
  all: readonly Token[];
  /** The top-level tokens that show something. */
  blocks: readonly Token[];
}

/** Blocks that what follows may still change: a list or a table goes on, a line makes a heading of the one before. */
const OPEN_BLOCKS = 2;

/** Cuts a text; of one that has grown only the end is cut again. */
export function cut(source: string, before?: Cut): Cut {
  const kept = before && source.startsWith(before.source) ? closed(before) : [];
  const from = kept.reduce((length, token) => length + token.raw.length, 0);
  const all = [...kept, ...marked.lexer(source.slice(from))];
  return { source, all, blocks: all.filter(shows) };
}

/** Cuts a text again and again while it grows. */
export function createCutter(): (source: string) => readonly Token[] {
  let before: Cut | undefined;
  return (source) => {
    before = cut(source, before);
    return before.blocks;
  };
}

/** The tokens that stay as they are whatever follows. */
function closed({ all, blocks }: Cut): readonly Token[] {
  // What a link's name stands for may be said anywhere.
  if (all.some((token) => token.type === "def")) return [];
  const open = blocks.at(-OPEN_BLOCKS);
  return open ? all.slice(0, all.indexOf(open)) : [];
}

function shows(token: Token): boolean {
  return token.type !== "space" && token.type !== "def";
}

/** The top-level tokens that show something. */
export function blocksOf(text: string): readonly Token[] {
  return cut(text).blocks;
}

export function escapeHtml(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => names[character] ?? character);
}

function math(tex: string, display: boolean): string {
  return `<span class="math${display ? " math-display" : ""}" data-math="${escapeHtml(tex)}"${display ? ' data-display="true"' : ""}>${escapeHtml(tex)}</span>`;
}

function earliest(...places: number[]): number | undefined {
  const found = places.filter((place) => place >= 0);
  return found.length === 0 ? undefined : Math.min(...found);
}
