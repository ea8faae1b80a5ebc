import { act } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Citation } from "@/lib/types";
import { Markdown } from "./markdown";

const PARAGRAPHS = 40;

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});
afterEach(() => {
  globalThis.familiarRenders = undefined;
});

describe("an answer that streams", () => {
  it("renders its last block again and nothing else", () => {
    const place = document.createElement("div");
    const root = createRoot(place);
    const before = Array.from({ length: PARAGRAPHS }, (_, index) => `Paragraph **${index}**.`).join("\n\n");
    const render = (source: string) => act(() => root.render(<Markdown source={source} streaming />));
    render(`${before}\n\nIt`);
    const kept = [...place.querySelectorAll(".markdown > div")].slice(0, PARAGRAPHS);
    globalThis.familiarRenders = {};
    const words = Array.from({ length: 50 }, (_, index) => ` grows${index}`);
    words.forEach((_, index) => render(`${before}\n\nIt${words.slice(0, index + 1).join("")}`));
    // Fifty pieces of text: fifty renders of the one block that they are in.
    expect(globalThis.familiarRenders).toEqual({ block: words.length });
    const after = [...place.querySelectorAll(".markdown > div")];
    expect(after).toHaveLength(PARAGRAPHS + 1);
    expect(kept.every((element, index) => element === after[index])).toBe(true);
    expect(after.at(-1)?.textContent).toContain("grows49");
    act(() => root.unmount());
  });
});

describe("a source", () => {
  const source: Citation = { index: 1, chunk_id: "p1", document_id: "d1", title: "Notes", quote: "It keeps." };

  // As on the page: `act` would do at once what React does there when it has the time.
  it.each([
    ["is named with the answer", undefined],
    ["comes after it", []],
  ])("that %s can be followed as soon as it is there", async (_, before: Citation[] | undefined) => {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false });
    const place = document.createElement("div");
    const root = createRoot(place);
    const onCitation = vi.fn();
    const render = (citations: Citation[]) =>
      root.render(<Markdown source="It keeps. [1]" streaming={false} citations={citations} onCitation={onCitation} />);
    if (before) {
      render(before);
      await vi.waitFor(() => expect(place.textContent).toContain("It keeps."));
    }
    const clicked = new Promise<void>((done) => {
      const watcher = new MutationObserver(() => {
        const button = place.querySelector<HTMLElement>("button.citation");
        if (!button) return;
        watcher.disconnect();
        button.click();
        done();
      });
      watcher.observe(place, { childList: true, subtree: true });
    });
    render([source]);
    await clicked;
    expect(onCitation).toHaveBeenCalledExactlyOnceWith(source);
    root.unmount();
  });
});
