/** What is read out of an answer while it is written: whole sentences, as one would say them. */

/** The end of a sentence: its mark, closing quotes, and a space or a line's end. Those of Chinese need no space. */
const END = /[.!?…؟]["”’»)\]]*(?=\s)|[。！？]["”’»」』)]*|\n+/g;
/** A sentence that does not end is read out in pieces. */
const LONGEST = 400;

export interface Heard {
  /** How much of the text has been read out. */
  upTo: number;
  sentences: string[];
}

/** The sentences that have become whole behind `from`; with `ended` also the rest. */
export function sentencesFrom(text: string, from: number, ended: boolean): Heard {
  const sentences: string[] = [];
  let upTo = from;
  const take = (end: number) => {
    const words = spoken(text.slice(upTo, end));
    if (words !== "") sentences.push(words);
    upTo = end;
  };
  END.lastIndex = from;
  for (let match = END.exec(text); match; match = END.exec(text)) take(match.index + match[0].length);
  if (ended) take(text.length);
  else if (text.length - upTo > LONGEST)
    take(text.lastIndexOf(" ", text.length - 1) > upTo ? text.lastIndexOf(" ") : text.length);
  return { upTo, sentences };
}

/** Markdown without its marks. */
function spoken(markdown: string): string {
  return markdown
    .replace(/```[\w-]*/g, " ")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\[\^?\d+\]/g, "")
    .replace(/^\s*(?:[#>]+|[-*+]|\d+\.)\s+/gm, "")
    .replace(/^\s*\|?(?:\s*:?-+:?\s*\|)+\s*:?-*:?\s*$/gm, "")
    .replace(/[*_`~|]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
