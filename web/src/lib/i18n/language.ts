/** The language of the page, for `Intl`. */
export function locale(): string {
  return "en";
}
