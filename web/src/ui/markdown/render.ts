/** Turns a block of Markdown into safe HTML with citation buttons and marked sentences. */
import DOMPurify from "dompurify";
import { text } from "@/lib/i18n";
import { doubtReason } from "@/lib/doubts";
import type { Citation, Doubt } from "@/lib/types";
import type { Token, Tokens } from "marked";
import { escapeHtml, marked } from "./blocks";
import { markSentences } from "./mark-sentences";

/** The few bare tags models use in Markdown; all other HTML is shown as the text it is. */
const PLAIN_TAG = /^<\/?(?:br|sub|sup|b|i|em|strong|u|s|kbd)\s*\/?>$/i;
const WEB_LINK = /^(?:https?:|mailto:)/i;
/** Another page beside the one that is read. */
const PAGE_LINK = /^[\w-]+\.md(?:#.+)?$/;

marked.use({
  renderer: {
    html: ({ text: html }) => (PLAIN_TAG.test(html.trim()) ? html : escapeHtml(html)),
    code: ({ text: code, lang }) => codeBlock(code, (lang ?? "").split(/\s/, 1)[0] ?? ""),
    // Code says nothing about the way of the words around it.
    codespan: ({ text: code }) => `<code dir="ltr">${escapeHtml(code)}</code>`,
    // A picture from elsewhere would tell its server who reads; it is offered as a link.
    image: ({ href, text: alt }) => link(href, escapeHtml(text.chat.remoteImage(alt === "" ? href : alt))),
    link({ href, tokens }) {
      return link(href, this.parser.parseInline(tokens));
    },
    checkbox: ({ checked }) =>
      `<span class="task" role="img" aria-label="${checked ? text.chat.taskDone : text.chat.taskOpen}">${checked ? "☑" : "☐"}</span> `,
    table(token: Tokens.Table) {
      const row = (cells: Tokens.TableCell[], kind: "th" | "td") =>
        `<tr>${cells
          .map((cell) => {
            // A head without words is the head of nothing.
            const tag = cell.text.trim() === "" ? "td" : kind;
            return `<${tag}${cell.align ? ` class="align-${cell.align}"` : ""}>${this.parser.parseInline(cell.tokens)}</${tag}>`;
          })
          .join("")}</tr>`;
      return `<div class="table-scroll" tabindex="0" role="region" aria-label="${text.chat.table}"><table><thead>${row(token.header, "th")}</thead><tbody>${token.rows.map((cells) => row(cells, "td")).join("")}</tbody></table></div>`;
    },
  },
});

export interface RenderOptions {
  citations: readonly Citation[];
  doubts: readonly Doubt[];
  /** The address of a page that a link such as `chat.md#templates` names. Without it such a link is its words. */
  pageAddress?: ((target: string) => string | undefined) | undefined;
}

/** Safe HTML of one block. */
export function renderBlock(token: Token, options: RenderOptions): string {
  const html = marked.parser([token]);
  const fragment = DOMPurify.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    ALLOWED_TAGS: [
      "a",
      "b",
      "blockquote",
      "br",
      "button",
      "code",
      "del",
      "div",
      "em",
      "h1",
      "h2",
      "h3",
      "h4",
      "h5",
      "h6",
      "hr",
      "i",
      "kbd",
      "li",
      "ol",
      "p",
      "pre",
      "s",
      "span",
      "strong",
      "sub",
      "sup",
      "table",
      "tbody",
      "td",
      "th",
      "thead",
      "tr",
      "u",
      "ul",
    ],
    ALLOWED_ATTR: [
      "aria-expanded",
      "aria-hidden",
      "aria-label",
      "class",
      "data-citation",
      "data-code",
      "data-copy",
      "data-display",
      "data-fold",
      "data-lines",
      "data-math",
      "data-note",
      "data-note-text",
      "data-page",
      "dir",
      "href",
      "rel",
      "role",
      "start",
      "tabindex",
      "target",
      "type",
    ],
    ALLOW_DATA_ATTR: false,
  });
  linkCitations(fragment, options.citations);
  linkPages(fragment, options.pageAddress);
  const doubted = options.doubts.map((doubt) => ({
    sentence: doubt.sentence,
    className: `doubt-${doubt.grade}`,
    title: doubtReason(doubt),
  }));
  markSentences(fragment, doubted);
  const holder = document.createElement("div");
  holder.append(fragment);
  return holder.innerHTML;
}

/** `[1]` becomes a button where the message has such a source. */
function linkCitations(fragment: DocumentFragment, citations: readonly Citation[]): void {
  for (const place of fragment.querySelectorAll<HTMLElement>("[data-citation]")) {
    const source = citations.find((entry) => entry.index === Number(place.dataset["citation"]));
    if (!source) {
      place.removeAttribute("data-citation");
      continue;
    }
    const button = document.createElement("button");
    button.type = "button";
    button.className = "citation";
    button.dataset["citation"] = String(source.index);
    button.setAttribute("aria-label", text.chat.openSource(source.index, source.title, source.page ?? undefined));
    button.textContent = String(source.index);
    place.replaceWith(button);
  }
}

/** Links to pages lead to their addresses, and are words where there is none. */
function linkPages(fragment: DocumentFragment, address: RenderOptions["pageAddress"]): void {
  for (const place of fragment.querySelectorAll<HTMLElement>("[data-page]")) {
    const target = place.dataset["page"] ?? "";
    const href = address?.(target);
    if (href === undefined) {
      place.replaceWith(...place.childNodes);
      continue;
    }
    const anchor = document.createElement("a");
    anchor.href = href;
    anchor.dataset["page"] = target;
    anchor.append(...place.childNodes);
    place.replaceWith(anchor);
  }
}

function link(href: string, inner: string): string {
  if (PAGE_LINK.test(href)) return `<span data-page="${escapeHtml(href)}">${inner}</span>`;
  if (!WEB_LINK.test(href)) return inner;
  return `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer">${inner}</a>`;
}

/** From here on code has numbered lines, can be folded, and is folded at first. */
const NUMBERED_LINES = 3;
const FOLDABLE_LINES = 16;
const FOLDED_LINES = 60;

function codeBlock(code: string, language: string): string {
  const name = escapeHtml(language);
  const lines = code.split("\n").length;
  const folded = lines >= FOLDED_LINES;
  const fold =
    lines >= FOLDABLE_LINES
      ? `<button type="button" class="code-button" data-fold="true" aria-expanded="${String(!folded)}">${folded ? text.chat.unfoldCode(lines) : text.chat.foldCode}</button>`
      : "";
  const numbers =
    lines >= NUMBERED_LINES
      ? `<span class="code-lines" aria-hidden="true">${Array.from({ length: lines }, (_, line) => line + 1).join("\n")}</span>`
      : "";
  const head = `<div class="code-head"><span>${name === "" ? text.chat.code : name}</span><span class="code-buttons">${fold}<button type="button" class="code-copy code-button" data-copy="true">${text.common.copy}</button></span></div>`;
  return `<div dir="ltr" class="code${folded ? " code-folded" : ""}" data-lines="${lines}">${head}<pre tabindex="0" role="region" aria-label="${text.chat.codeIn(name)}">${numbers}<code data-code="${name}">${escapeHtml(code)}</code></pre></div>`;
}
