/** Words of another direction within a sentence: kept apart, so that their signs stay with them. */

/** A name, title or other words of people and models: read the way of their own first letter. */
export function bdi(words: string): string {
  return `\u2068${words}\u2069`;
}

/** A figure with its unit, or anything else that is read from left to right. */
export function ltr(figure: string): string {
  return `\u2066${figure}\u2069`;
}
