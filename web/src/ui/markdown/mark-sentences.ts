/** Finds sentences in rendered text, whatever markup stands between their words, and marks them. */

interface Place {
  node: Text;
  offset: number;
}

const LETTER = /[\p{L}\p{N}]/u;

/** A sentence to mark: how it looks, and what is said where somebody points at it. */
export interface MarkedSentence {
  sentence: string;
  className: string;
  title: string;
}

/** Wraps each sentence that occurs in `root` in `<mark class="doubt">`; the last piece of it has the class `doubt-end`. */
export function markSentences(root: ParentNode & Node, sentences: readonly MarkedSentence[]): void {
  for (const { sentence, className, title } of sentences) {
    const wanted = lettersOf(sentence.replace(/\[\d{1,3}\]/g, ""));
    if (wanted === "") continue;
    const { letters, places } = readLetters(root);
    const at = letters.indexOf(wanted);
    if (at >= 0) wrap(places.slice(at, at + wanted.length), className, title);
  }
}

function lettersOf(sentence: string): string {
  return [...sentence.toLowerCase()].filter((character) => LETTER.test(character)).join("");
}

function readLetters(root: Node): { letters: string; places: Place[] } {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const places: Place[] = [];
  let letters = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement?.closest("button, pre, mark.doubt")) continue;
    const content = node.textContent ?? "";
    for (let offset = 0; offset < content.length; offset += 1) {
      const character = content[offset] ?? "";
      if (!LETTER.test(character)) continue;
      const lower = character.toLowerCase();
      letters += lower;
      for (let unit = 0; unit < lower.length; unit += 1) places.push({ node: node as Text, offset });
    }
  }
  return { letters, places };
}

function wrap(places: Place[], className: string, title: string): void {
  const ranges = new Map<Text, { start: number; end: number }>();
  for (const { node, offset } of places) {
    const range = ranges.get(node);
    if (range) range.end = offset + 1;
    else ranges.set(node, { start: offset, end: offset + 1 });
  }
  let last: HTMLElement | undefined;
  for (const [node, { start, end }] of ranges) {
    const rest = node.splitText(start);
    rest.splitText(end - start);
    const mark = document.createElement("mark");
    mark.className = `doubt ${className}`;
    mark.title = title;
    rest.replaceWith(mark);
    mark.append(rest);
    last = mark;
  }
  last?.classList.add("doubt-end");
}
