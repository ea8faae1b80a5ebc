/** Where a passage is opened: anywhere on the page, beside what is read, by an address that can be shared. */
import type { NavigateOptions } from "@tanstack/react-router";

/** Search parameters that every screen understands. */
export interface PageSearch {
  /** The passage shown at the side. */
  passage?: string | undefined;
}

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** The words within the passage that something rests on. */
    quote?: string;
  }
}

export function parsePageSearch(search: Record<string, unknown>): PageSearch {
  const passage = search["passage"];
  return typeof passage === "string" && passage !== "" ? { passage } : {};
}

/** Opens a passage beside the present screen. */
export function toPassage(chunkId: string, quote?: string): NavigateOptions {
  return {
    to: ".",
    search: ((before: PageSearch) => ({ ...before, passage: chunkId })) as never,
    state: quote ? { quote } : {},
    resetScroll: false,
  };
}

/** Closes it again. */
export function withoutPassage(): NavigateOptions {
  return {
    to: ".",
    search: ((before: PageSearch) => ({ ...before, passage: undefined })) as never,
    resetScroll: false,
  };
}
