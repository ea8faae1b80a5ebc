/** What is being written and not yet sent; it outlives the window. */
import { useCallback, useState } from "react";
import type { Image } from "@/lib/types";

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
  const setValue = useCallback(
    (next: string) => {
      keepValue(next);
      write(storageKey, next);
    },
    [storageKey],
  );
  const clear = useCallback(() => {
    setValue("");
    setImages([]);
  }, [setValue]);
  return { value, images, setValue, setImages, clear };
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
