/** Saves a little after the last change, and at once when what changes is closed. */
import { useCallback, useEffect, useRef } from "react";

const PAUSE_MS = 400;

export function useLater(): (key: string, save: () => void) => void {
  const waiting = useRef(new Map<string, { timer: number; save: () => void }>());
  useEffect(() => {
    const all = waiting.current;
    return () => {
      for (const { timer, save } of all.values()) {
        clearTimeout(timer);
        save();
      }
      all.clear();
    };
  }, []);
  return useCallback((key, save) => {
    const all = waiting.current;
    clearTimeout(all.get(key)?.timer);
    const timer = window.setTimeout(() => {
      all.delete(key);
      save();
    }, PAUSE_MS);
    all.set(key, { timer, save });
  }, []);
}
