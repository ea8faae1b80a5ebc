/** Counts how often parts of the page are rendered, where a test has asked for it; else it costs a look at one variable. */

declare global {
  var familiarRenders: Record<string, number> | undefined;
}

export function countRender(part: string): void {
  const counts = globalThis.familiarRenders;
  if (counts) counts[part] = (counts[part] ?? 0) + 1;
}
