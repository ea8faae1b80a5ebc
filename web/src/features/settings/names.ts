/** Names for providers. */
import type { Provider } from "@/lib/types";

/** The vendor's own name, or with the first number that is not taken. */
export function freeName(vendor: string, taken: readonly Provider[]): string {
  const names = new Set(taken.map((provider) => provider.name));
  if (!names.has(vendor)) return vendor;
  let number = 2;
  while (names.has(`${vendor}-${number}`)) number += 1;
  return `${vendor}-${number}`;
}
