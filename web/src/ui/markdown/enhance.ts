/** What is added to rendered Markdown after the fact, loaded only where a text needs it: colours, formulas, diagrams. */
import { text } from "@/lib/i18n";
import { highlight } from "@/lib/highlight";

/** Improves what stands in `root`; gives up quietly where the part of the page that would do it cannot be loaded. */
export async function enhance(root: HTMLElement): Promise<void> {
  await Promise.allSettled([colour(root), typeset(root), draw(root)]);
}

async function colour(root: HTMLElement): Promise<void> {
  const codes = [...root.querySelectorAll<HTMLElement>("code[data-code]:not([data-done])")].filter(
    (code) => code.dataset["code"] !== "mermaid",
  );
  await Promise.all(
    codes.map(async (code) => {
      const html = await highlight(code.textContent ?? "", code.dataset["code"] ?? "");
      if (html === undefined) return;
      code.innerHTML = html;
      code.dataset["done"] = "true";
    }),
  );
}

async function typeset(root: HTMLElement): Promise<void> {
  const formulas = [...root.querySelectorAll<HTMLElement>("[data-math]:not([data-done])")];
  if (formulas.length === 0) return;
  const [{ default: katex }] = await Promise.all([import("katex"), import("katex/dist/katex.min.css")]);
  for (const formula of formulas) {
    katex.render(formula.dataset["math"] ?? "", formula, {
      throwOnError: false,
      displayMode: formula.dataset["display"] === "true",
      trust: false,
    });
    formula.dataset["done"] = "true";
  }
}

let diagrams = 0;

async function draw(root: HTMLElement): Promise<void> {
  const sources = [...root.querySelectorAll<HTMLElement>('code[data-code="mermaid"]:not([data-done])')];
  if (sources.length === 0) return;
  const { default: mermaid } = await import("mermaid");
  const dark = document.documentElement.dataset["theme"] === "dark";
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    theme: dark ? "dark" : "neutral",
    fontFamily: "inherit",
  });
  for (const source of sources) {
    source.dataset["done"] = "true";
    diagrams += 1;
    try {
      const { svg } = await mermaid.render(`diagram-${diagrams}`, source.textContent ?? "");
      const figure = document.createElement("figure");
      figure.className = "diagram";
      figure.setAttribute("role", "img");
      figure.setAttribute("aria-label", text.chat.diagram);
      figure.innerHTML = svg;
      source.closest("pre")?.replaceWith(figure);
    } catch {
      // A diagram that cannot be drawn stays the code it is.
    }
  }
}
