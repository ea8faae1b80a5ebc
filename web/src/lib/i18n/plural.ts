/** A figure with its word in the right number. */
import { locale } from "./language";

export function plural(count: number, one: string, many: string): string {
  return `${figure(count)} ${count === 1 ? one : many}`;
}

/** A count as the page's language writes it. */
export function figure(count: number): string {
  return new Intl.NumberFormat(locale()).format(count);
}

/** The words for a count in Arabic: one, two, a few (3 to 10), many (11 to 99), and hundreds. */
export interface ArabicForms {
  one: string;
  two: string;
  few: string;
  many: string;
}

/** A figure with its Arabic word: one and two are said by the word alone. */
export function arabic(count: number, { one, two, few, many }: ArabicForms): string {
  switch (new Intl.PluralRules("ar").select(count)) {
    case "one":
      return one;
    case "two":
      return two;
    case "few":
      return `${figure(count)} ${few}`;
    case "many":
      return `${figure(count)} ${many}`;
    case "zero":
    case "other":
      return `${figure(count)} ${one.split(" ", 1)[0] ?? one}`;
  }
}
