/** A message's Markdown: block by block, each rendered again only when its own source changes. */
import type { Token } from "marked";
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { text } from "@/lib/i18n";
import { copyText } from "@/lib/platform";
import { countRender } from "@/lib/renders";
import type { Citation, Doubt } from "@/lib/types";
import { createCutter } from "./blocks";
import { enhance } from "./enhance";
import { renderBlock } from "./render";
import "./markdown.css";

export interface MarkdownProps {
  source: string;
  streaming: boolean;
  citations?: readonly Citation[] | undefined;
  doubts?: readonly Doubt[] | undefined;
  onCitation?: ((citation: Citation) => void) | undefined;
  /** The address of a page that a link such as `chat.md#templates` names; the same function all the time. */
  pageAddress?: ((target: string) => string | undefined) | undefined;
  /** Follows such a link within the page. */
  onPage?: ((target: string) => void) | undefined;
}

const NONE: readonly never[] = [];

export function Markdown({
  source,
  streaming,
  citations = NONE,
  doubts = NONE,
  onCitation,
  pageAddress,
  onPage,
}: MarkdownProps) {
  const [cutter] = useState(createCutter);
  const blocks = useMemo(() => cutter(source), [cutter, source]);
  const holder = useRef<HTMLDivElement>(null);

  // With what is shown, not some time after it: a busy page would let a click on a source go unheard.
  useLayoutEffect(() => {
    const root = holder.current;
    if (!root) return undefined;
    const clicked = (event: MouseEvent) => {
      const button = event.target instanceof Element ? event.target.closest<HTMLElement>("button") : undefined;
      if (button?.dataset["copy"]) void copyCode(button);
      if (button?.dataset["fold"]) foldCode(button);
      if (button?.dataset["note"]) goToNote(root, button.dataset["note"]);
      const citation = citations.find((entry) => String(entry.index) === button?.dataset["citation"]);
      if (citation) onCitation?.(citation);
      const page = event.target instanceof Element ? event.target.closest<HTMLElement>("a[data-page]") : undefined;
      if (page?.dataset["page"] && onPage && !opensElsewhere(event)) {
        event.preventDefault();
        onPage(page.dataset["page"]);
      }
    };
    root.addEventListener("click", clicked);
    return () => root.removeEventListener("click", clicked);
  }, [citations, onCitation, onPage]);

  return (
    <div className="markdown" ref={holder}>
      {blocks.map((token, index) => (
        // A block's place is its identity: text only ever grows at the end.
        <Block
          key={index}
          token={token}
          raw={token.raw}
          growing={streaming && index === blocks.length - 1}
          citations={citations}
          doubts={doubts}
          pageAddress={pageAddress}
        />
      ))}
    </div>
  );
}

interface BlockProps {
  token: Token;
  raw: string;
  growing: boolean;
  citations: readonly Citation[];
  doubts: readonly Doubt[];
  pageAddress: MarkdownProps["pageAddress"];
}

const Block = memo(
  function Block({ token, growing, citations, doubts, pageAddress }: BlockProps) {
    const holder = useRef<HTMLDivElement>(null);
    countRender("block");
    const html = useMemo(
      () => renderBlock(token, { citations, doubts, pageAddress }),
      [token, citations, doubts, pageAddress],
    );
    useEffect(() => {
      if (!growing && html !== "" && holder.current) void enhance(holder.current);
    }, [growing, html]);
    // The HTML is sanitised in `renderBlock`; the inner element is never touched by React again. Each block is read its own way.
    return <div ref={holder} dir="auto" dangerouslySetInnerHTML={{ __html: html }} />;
  },
  (before, after) =>
    before.raw === after.raw &&
    before.growing === after.growing &&
    before.doubts === after.doubts &&
    before.pageAddress === after.pageAddress &&
    sameSources(before, after),
);

/** New sources matter only to a block that names one. */
function sameSources(before: BlockProps, after: BlockProps): boolean {
  return before.citations === after.citations || !/\[\d/.test(after.raw);
}

/** Whether a click on a link opens a window or tab of its own. */
function opensElsewhere(event: MouseEvent): boolean {
  return event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
}

function foldCode(button: HTMLElement): void {
  const code = button.closest<HTMLElement>(".code");
  const folded = code?.classList.toggle("code-folded") ?? false;
  button.setAttribute("aria-expanded", String(!folded));
  button.textContent = folded ? text.chat.unfoldCode(Number(code?.dataset["lines"])) : text.chat.foldCode;
}

/** A footnote stands at the end; following its number shows it and puts the focus there. */
function goToNote(root: HTMLElement, label: string): void {
  const note = root.querySelector<HTMLElement>(`[data-note-text="${CSS.escape(label)}"]`);
  note?.scrollIntoView({ block: "nearest" });
  note?.focus({ preventScroll: true });
}

async function copyCode(button: HTMLElement): Promise<void> {
  const code = button.closest(".code")?.querySelector("code")?.textContent ?? "";
  button.textContent = (await copyText(code)) ? text.common.copied : text.common.copyFailed;
  setTimeout(() => (button.textContent = text.common.copy), 1_500);
}
