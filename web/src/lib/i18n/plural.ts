/** A figure with its word in the right number. */
import { locale } from "./language";

export function plural(count: number, one: string, many: string): string {
  return `${figure(count)} ${count === 1 ? one : many}`;
}

/** The words of a count by the categories of `Intl.PluralRules`, for languages with more than two; `#` is the figure. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** By the rules of the language that the words are of, whatever the page speaks. */
export function counted(language: string, count: number, forms: Forms): string {
  const form = forms[new Intl.PluralRules(language).select(count)] ?? forms.other;
  return form.replace("#", figure(count));
}

/** A count as the page's language writes it. */
export function figure(count: number): string {
  return new Intl.NumberFormat(locale()).format(count);
}
