/** Exact money: decimal dollars of the API as whole nano-dollars. */

const NANOS_PER_DOLLAR = 1_000_000_000n;

/** Reads `"0.000375"`; `undefined` for what is not an amount. */
export function toNanos(dollars: string | null | undefined): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(dollars ?? "");
  if (!match) return undefined;
  const nanos = BigInt(match[2] ?? "0") * NANOS_PER_DOLLAR + BigInt((match[3] ?? "").padEnd(9, "0"));
  return match[1] === "-" ? -nanos : nanos;
}

/** The sum of all amounts that are known. */
export function sumDollars(amounts: Iterable<string | null | undefined>): string {
  let sum = 0n;
  for (const amount of amounts) sum += toNanos(amount) ?? 0n;
  return fromNanos(sum);
}

/** Writes nano-dollars as the API does: at least two decimals. */
export function fromNanos(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos;
  const decimals = (size % NANOS_PER_DOLLAR)
    .toString()
    .padStart(9, "0")
    .replace(/0{1,7}$/, "");
  return `${nanos < 0n ? "-" : ""}${size / NANOS_PER_DOLLAR}.${decimals}`;
}

/** For bars and charts, where a float is good enough. */
export function toDollars(dollars: string | null | undefined): number {
  return Number(toNanos(dollars) ?? 0n) / 1e9;
}
