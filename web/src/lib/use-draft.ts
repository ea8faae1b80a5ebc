/** What is being written and not yet sent; it outlives the window. */
import { useCallback, useEffect, useState, type Dispatch, type SetStateAction } from "react";
import { createStore, useStorePart, type Store } from "@/lib/store";
import type { Image } from "@/lib/types";

/** A letter is shown at once and kept a moment later: a key waits for no disk. */
const PAUSE_MS = 300;

export interface Draft {
  /** Kept apart from what renders: only what shows the words looks at every letter. */
  words: Store<string>;
  images: Image[];
  setImages: Dispatch<SetStateAction<Image[]>>;
  /** Takes out what was sent; what was written since stays. */
  clear: (words: string, images: readonly Image[]) => void;
  /** Puts back what was refused, before what was written since. */
  restore: (words: string, images: readonly Image[]) => void;
}

/** The drafts that are shown: what is refused after its window was left and opened again goes where it is shown now. */
const shown = new Map<string, Store<string>>();

export function useDraft(key: string): Draft {
  const name = `familiar.draft.${key}`;
  const [{ words, flush, follow }] = useState(() => keptWords(name));
  const [images, setImages] = useState<Image[]>([]);
  useEffect(() => {
    shown.set(name, words);
    return () => {
      if (shown.get(name) === words) shown.delete(name);
    };
  }, [name, words]);
  useEffect(() => {
    addEventListener("pagehide", flush);
    document.addEventListener("visibilitychange", flush);
    return () => {
      removeEventListener("pagehide", flush);
      document.removeEventListener("visibilitychange", flush);
      flush();
    };
  }, [flush]);
  useEffect(() => {
    // Another window may have written between the first look and this one.
    follow();
    const onStorage = ({ key: changed }: StorageEvent) => {
      if (changed === name || changed === null) follow();
    };
    addEventListener("storage", onStorage);
    return () => removeEventListener("storage", onStorage);
  }, [name, follow]);
  const clear = useCallback(
    (sent: string, pictures: readonly Image[]) => {
      words.set((now) => {
        const begun = now.trimStart();
        return begun.startsWith(sent) ? begun.slice(sent.length).trimStart() : now;
      });
      setImages((now) => now.filter((image) => !pictures.includes(image)));
    },
    [words],
  );
  const restore = useCallback(
    (refused: string, pictures: readonly Image[]) => {
      const back = (now: string) => [refused, now].filter((part) => part.trim() !== "").join("\n\n");
      const here = shown.get(name);
      if (here) here.set(back);
      else write(name, back(read(name)));
      setImages((now) => [...pictures, ...now]);
    },
    [name],
  );
  return { words, images, setImages, clear, restore };
}

/** Whether anything is written that could be sent. */
export function useHasWords({ words }: Draft): boolean {
  return useStorePart(words, (value) => value.trim() !== "");
}

/** Keeps words as a draft that is not open here. */
export function keepDraft(key: string, words: string): void {
  write(`familiar.draft.${key}`, words);
}

/**
 * Words that are written to the disk a moment after they were changed; at once what is empty, and when `flush` is
 * called. `follow` takes over what another window wrote, unless something is being written here.
 */
function keptWords(key: string): { words: Store<string>; flush: () => void; follow: () => void } {
  let onDisk = read(key);
  const words = createStore(onDisk);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    write(key, words.get());
    onDisk = read(key);
  };
  const follow = () => {
    if (words.get() !== onDisk) return;
    onDisk = read(key);
    words.set(onDisk);
  };
  words.subscribe(() => {
    clearTimeout(timer);
    timer = undefined;
    // What was taken over is not written back: the other window may have gone on.
    if (words.get() === onDisk) return;
    timer = setTimeout(flush, PAUSE_MS);
    // What was sent must not come back with the next window.
    if (words.get() === "") flush();
  });
  return { words, flush, follow };
}

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function write(key: string, value: string): void {
  try {
    if (value === "") localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Full or forbidden storage only costs the draft once the window is closed.
  }
}
