/** Which chips of a search are switched off, and which of those that are only proposed are switched on. */
import type { SearchChip } from "@/lib/types";

export interface ChipSwitches {
  off: readonly string[];
  on: readonly string[];
}

export const UNTOUCHED: ChipSwitches = { off: [], on: [] };

/** Whether a chip is only done where a person wants it. */
export function isProposed(chip: Pick<SearchChip, "kind">): boolean {
  return chip.kind === "related";
}

/** The switches after a chip was pressed. */
export function pressed(switches: ChipSwitches, chip: Pick<SearchChip, "key" | "kind">): ChipSwitches {
  return isProposed(chip)
    ? { ...switches, on: flipped(switches.on, chip.key) }
    : { ...switches, off: flipped(switches.off, chip.key) };
}

function flipped(keys: readonly string[], key: string): readonly string[] {
  return keys.includes(key) ? keys.filter((other) => other !== key) : [...keys, key];
}
