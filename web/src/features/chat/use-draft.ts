/** What is being written and not yet sent; it outlives the window. */
import { useCallback, useEffect, useRef, useState } from "react";
import type { Image } from "@/lib/types";

/** A letter is shown at once and kept a moment later: a key waits for no disk. */
const PAUSE_MS = 300;

export interface Draft {
  value: string;
  images: Image[];
  setValue: (value: string) => void;
  setImages: (images: Image[]) => void;
  clear: () => void;
}

export function useDraft(key: string): Draft {
  const storageKey = `familiar.draft.${key}`;
  const [value, keepValue] = useState(() => read(storageKey));
  const [images, setImages] = useState<Image[]>([]);
  const write = useLazyWrite();
  const setValue = useCallback(
    (next: string) => {
      keepValue(next);
      write(storageKey, next);
    },
    [storageKey, write],
  );
  const clear = useCallback(() => {
    setValue("");
    setImages([]);
  }, [setValue]);
  return { value, images, setValue, setImages, clear };
}

/** Writes what was given last, a moment after it; at once what is empty, and when the page is left. */
function useLazyWrite(): (key: string, value: string) => void {
  const waiting = useRef<{ timer: number; key: string; value: string }>(undefined);
  const flush = useCallback(() => {
    const last = waiting.current;
    if (!last) return;
    waiting.current = undefined;
    clearTimeout(last.timer);
    write(last.key, last.value);
  }, []);
  useEffect(() => {
    addEventListener("pagehide", flush);
    document.addEventListener("visibilitychange", flush);
    return () => {
      removeEventListener("pagehide", flush);
      document.removeEventListener("visibilitychange", flush);
      flush();
    };
  }, [flush]);
  return useCallback(
    (key, value) => {
      if (waiting.current?.key === key) clearTimeout(waiting.current.timer);
      else flush();
      waiting.current = { timer: window.setTimeout(flush, PAUSE_MS), key, value };
      // What was sent must not come back with the next window.
      if (value === "") flush();
    },
    [flush],
  );
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
