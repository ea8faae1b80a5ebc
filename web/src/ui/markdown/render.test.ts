import { describe, expect, it } from "vitest";
import type { Citation, Doubt } from "@/lib/types";
import { blocksOf, createCutter } from "./blocks";
import { renderBlock } from "./render";

const source: Citation = { index: 1, chunk_id: "k", document_id: "d", title: "Handbook", page: 3, quote: "q" };

function html(markdown: string, options: { citations?: Citation[]; doubts?: Doubt[] } = {}): string {
  return blocksOf(markdown)
    .map((token) => renderBlock(token, { citations: options.citations ?? [], doubts: options.doubts ?? [] }))
    .join("");
}

function dom(markdown: string, options?: Parameters<typeof html>[1]): HTMLElement {
  const root = document.createElement("div");
  root.innerHTML = html(markdown, options);
  return root;
}

describe("what models write", () => {
  it.each([
    ["<script>alert(1)</script>"],
    ["<img src=x onerror=alert(1)>"],
    ['<a href="javascript:alert(1)">x</a>'],
    ["[x](javascript:alert(1))"],
    ["[x](data:text/html,<script>1</script>)"],
    ["![x](https://example.org/tracker.png)"],
    ["<iframe src=//example.org></iframe>"],
    ['<button data-citation="1">1</button>'],
    ["<style>*{display:none}</style>"],
    ['$"><img src=x onerror=alert(1)>$'],
    ['```"><img src=x onerror=1>\ncode\n```'],
  ])("%s cannot do anything", (markdown) => {
    const root = dom(markdown, { citations: [source] });
    expect(root.querySelector("script, img, iframe, style, [onerror], [style]")).toBeNull();
    for (const link of root.querySelectorAll("a")) expect(link.getAttribute("href")).toMatch(/^https?:/);
    expect(root.querySelector('button[data-citation="1"]')).toBeNull();
  });

  it("keeps the bare tags of tables and formulas", () => {
    expect(dom("a<br>b H<sub>2</sub>O").querySelectorAll("br, sub")).toHaveLength(2);
  });

  it("opens links elsewhere, without telling from where", () => {
    const link = dom("[x](https://example.org/a?b=1&c=2)").querySelector("a");
    expect(link?.getAttribute("href")).toBe("https://example.org/a?b=1&c=2");
    expect(link?.rel).toBe("noopener noreferrer");
  });
});

describe("citations", () => {
  it("become buttons where the source is known, and stay text where it is not", () => {
    const root = dom("It is so [1][2], says `x[1]` and [1](https://example.org).", { citations: [source] });
    const buttons = [...root.querySelectorAll("button.citation")];
    expect(buttons).toHaveLength(1);
    expect(buttons[0]?.getAttribute("aria-label")).toBe("Source 1: Handbook, page 3");
    expect(root.textContent).toContain("[2]");
    expect(root.querySelector("code")?.textContent).toBe("x[1]");
    expect(root.querySelector("a")?.textContent).toBe("1");
  });
});

describe("formulas", () => {
  it.each([
    ["so $x^2$ is", "x^2", undefined],
    ["so \\(x_1\\) is", "x_1", undefined],
    ["$$\n\\int_0^1 x\n$$", "\\int_0^1 x", "true"],
    ["\\[ a + b \\]", "a + b", "true"],
  ])("%s", (markdown, tex, display) => {
    const formula = dom(markdown).querySelector<HTMLElement>("[data-math]");
    expect(formula?.dataset["math"]).toBe(tex);
    expect(formula?.dataset["display"]).toBe(display);
  });

  it.each(["It costs $5 and $10.", "from $3 to $4", "a $ b $ c"])("%s is money", (markdown) => {
    expect(dom(markdown).querySelector("[data-math]")).toBeNull();
  });
});

describe("sentences without support", () => {
  it("are marked through markup and citations", () => {
    const root = dom("First is **fine** [1]. The *second* one, `though`, is not [1]! Third.", {
      citations: [source],
      doubts: [
        { sentence: "The second one, though, is not [1]!", grade: "unsupported", reason: "figure", detail: "2" },
      ],
    });
    const marks = [...root.querySelectorAll<HTMLElement>("mark.doubt.doubt-unsupported")];
    const marked = marks.map((mark) => mark.textContent).join("");
    expect(marked.replaceAll(/\W/g, "")).toBe("Thesecondonethoughisnot");
    expect(marks.map((mark) => mark.classList.contains("doubt-end")).lastIndexOf(true)).toBe(marks.length - 1);
    expect(marks[0]?.title).toContain("2");
    expect(root.textContent).toBe("First is fine 1. The second one, though, is not 1! Third.\n");
  });

  it("that do not occur change nothing", () => {
    expect(
      html("Hello.", {
        doubts: ["Goodbye.", "", "!!"].map((sentence) => ({ sentence, grade: "weak", reason: "partly" })),
      }),
    ).toBe(html("Hello."));
  });
});

describe("blocks", () => {
  it("keep their source while text grows, so that only the last is rendered again", () => {
    const whole =
      "# Title\n\nA paragraph with *words*.\n\n```rust\nfn main() {}\n```\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nThe end.";
    const final = blocksOf(whole).map((token) => token.raw);
    for (let length = 1; length <= whole.length; length += 1) {
      const blocks = blocksOf(whole.slice(0, length)).map((token) => token.raw);
      blocks.slice(0, -2).forEach((raw, index) => expect(raw).toBe(final[index]));
    }
  });

  it("are the same cut at once or while the text grows", () => {
    const texts = [
      "# Title\n\nWords [a] and [b].\n\n- one\n\n- two\n  more\n\n> quoted\n\n| a |\n|---|\n| 1 |\n\nThe end[^1].\n\n[^1]: Note\n",
      "A [link] here.\n\nMore.\n\nAnd more.\n\n[link]: https://example.org\n\nLast [link].",
      "```js\nlet a;\n\n\nlet b;\n```\n\n$$\nx\n$$\n\nText\n===\n\n1. a\n2. b\n\n\n3. c",
    ];
    for (const text of texts) {
      const cutter = createCutter();
      for (let length = 1; length <= text.length; length += 1) {
        const grown = cutter(text.slice(0, length)).map((token) => token.raw);
        expect(grown).toEqual(blocksOf(text.slice(0, length)).map((token) => token.raw));
      }
      expect(cutter("Another text.").map((token) => token.raw)).toEqual(["Another text."]);
    }
  });

  it("keep what is finished as the same tokens, so that nothing of it is rendered again", () => {
    const cutter = createCutter();
    const before = cutter("One.\n\nTwo.\n\nThree.\n\nFo");
    const after = cutter("One.\n\nTwo.\n\nThree.\n\nFour.");
    expect(after.slice(0, 2).every((token, index) => token === before[index])).toBe(true);
  });

  it("number, fold and unfold code by its length", () => {
    const code = (lines: number) => dom(`\`\`\`\n${"x\n".repeat(lines)}\`\`\``);
    expect(code(2).querySelector(".code-lines, [data-fold]")).toBeNull();
    expect(code(4).querySelector(".code-lines")?.textContent).toBe("1\n2\n3\n4");
    expect(code(20).querySelector("[data-fold]")?.getAttribute("aria-expanded")).toBe("true");
    expect(code(80).querySelector("[data-fold]")?.getAttribute("aria-expanded")).toBe("false");
    expect(code(80).querySelector(".code-folded code")?.textContent?.split("\n")).toHaveLength(80);
  });

  it("lead from a footnote's number to its text", () => {
    const root = dom("Said[^a]: so.\nAnd on.\n\n[^a]: By *them*,\n  at length.");
    expect(root.querySelector("p")?.textContent).toBe("Saida: so.\nAnd on.");
    expect(root.querySelector("button[data-note=a]")?.textContent).toBe("a");
    const note = root.querySelector("[data-note-text=a]");
    expect(note?.textContent?.replaceAll(/\s+/g, " ")).toBe("a By them, at length.");
    expect(note?.querySelector("em")?.textContent).toBe("them");
  });

  it("show what is done and what is open", () => {
    const boxes = [...dom("- [x] done\n- [ ] open").querySelectorAll(".task")];
    expect(boxes.map((box) => box.getAttribute("aria-label"))).toEqual(["done", "open"]);
  });

  it("say code's language and offer to copy it", () => {
    const root = dom("```ts title\nlet a = '<b>';\n```");
    expect(root.querySelector("code")?.dataset["code"]).toBe("ts");
    expect(root.querySelector("code")?.textContent).toBe("let a = '<b>';");
    expect(root.querySelector("button[data-copy]")).not.toBeNull();
  });
});
