/** The list with what came in since it was first asked for. */
import type { Exchange } from "@/lib/types";

export interface Joined {
  exchanges: Exchange[];
  /** Whether more came in than is known of: the list has to begin anew. */
  gap: boolean;
}

/** Puts what is new before what was there; ids sort by time. An exchange that has changed is shown as it is now. */
export function join(newest: readonly Exchange[], before: readonly Exchange[]): Joined {
  const first = before[0];
  if (!first) return { exchanges: [...newest], gap: false };
  if (newest.length === 0) return { exchanges: [...before], gap: false };
  const fresh = newest.filter((exchange) => exchange.id > first.id);
  return { exchanges: [...fresh, ...before], gap: fresh.length === newest.length };
}
