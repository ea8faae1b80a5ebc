/** A figure with its word in the right number. */
import { locale } from "./language";

export function plural(count: number, one: string, many: string): string {
  return `${figure(count)} ${count === 1 ? one : many}`;
}

/** A count as the page's language writes it. */
export function figure(count: number): string {
  return new Intl.NumberFormat(locale()).format(count);
}
