import { act } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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
