/** Finds words in a text, whatever their case: pure. */

export interface MarkedPiece {
  text: string;
  marked: boolean;
}

/** The text cut where words begin and end. Words come in small letters; of two that overlap, the longer one counts. */
export function pieces(text: string, words: readonly string[]): MarkedPiece[] {
  const found = words.filter((word) => word !== "").toSorted((one, other) => other.length - one.length);
  if (found.length === 0) return [{ text, marked: false }];
  const pattern = new RegExp(found.map((word) => word.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&")).join("|"), "giu");
  const cut: MarkedPiece[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > at) cut.push({ text: text.slice(at, match.index), marked: false });
    cut.push({ text: match[0], marked: true });
    at = match.index + match[0].length;
  }
  if (at < text.length || cut.length === 0) cut.push({ text: text.slice(at), marked: false });
  return cut;
}
