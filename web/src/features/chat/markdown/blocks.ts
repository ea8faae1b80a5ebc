/** Cuts Markdown into top-level blocks, so that only the block that grows is rendered again. */
import { Marked, type Token, type TokenizerAndRendererExtension } from "marked";

/** `$x$`, `$$x$$`, `\(x\)` and `\[x\]`; a dollar sign before a space or a figure after it is money. */
const INLINE_MATH = /^(?:\$\$([^$]+?)\$\$|\\\((.+?)\\\)|\$(?!\s)([^$\n]*?[^$\s\\])\$(?!\d))/s;
const BLOCK_MATH = /^(?:\$\$\s*\n?([\s\S]+?)\n?\s*\$\$|\\\[([\s\S]+?)\\\])(?:\n+|$)/;
/** `[1]` that is neither a link nor a footnote's definition. */
const CITATION = /^\[(\d{1,3})\](?![(:])/;

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

export const marked = new Marked({ gfm: true, breaks: false, extensions: [blockMath, inlineMath, citation] });

/** The top-level tokens that show something. */
export function blocksOf(text: string): Token[] {
  return marked.lexer(text).filter((token) => token.type !== "space" && token.type !== "def");
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
