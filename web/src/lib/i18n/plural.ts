/** A figure with its word in the right number. */
const figures = new Intl.NumberFormat("en");

export function plural(count: number, one: string, many: string): string {
  return `${figures.format(count)} ${count === 1 ? one : many}`;
}
