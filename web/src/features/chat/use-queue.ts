/** What is to be said once the answer that is being written has ended. It outlives the window, as drafts do. */
import { useCallback, useEffect, useState } from "react";

export interface Queued {
  id: string;
  text: string;
}

export interface Queue {
  waiting: readonly Queued[];
  add: (text: string) => void;
  remove: (id: string) => void;
}

export interface QueueOptions {
  /** Whether the next may be said now by itself. */
  ready: boolean;
  say: (text: string) => Promise<boolean>;
}

export function useQueue(conversationId: string, { ready, say }: QueueOptions): Queue {
  const key = `familiar.queue.${conversationId}`;
  const [waiting, setWaiting] = useState<readonly Queued[]>(() => read(key));
  const change = useCallback(
    (how: (all: readonly Queued[]) => readonly Queued[]) =>
      setWaiting((all) => {
        const next = how(all);
        write(key, next);
        return next;
      }),
    [key],
  );
  const add = useCallback(
    (text: string) => change((all) => [...all, { id: crypto.randomUUID?.() ?? `${Date.now()}`, text }]),
    [change],
  );
  const remove = useCallback((id: string) => change((all) => all.filter((entry) => entry.id !== id)), [change]);

  const next = ready ? waiting[0] : undefined;
  useEffect(() => {
    if (!next) return undefined;
    const timer = setTimeout(() => {
      // Out of the queue first, so that it cannot be said twice; what is refused comes back.
      remove(next.id);
      void say(next.text).then((said) => (said ? undefined : change((all) => [next, ...all])));
    }, 0);
    return () => clearTimeout(timer);
  }, [change, next, remove, say]);
  return { waiting, add, remove };
}

function read(key: string): readonly Queued[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isQueued) : [];
  } catch {
    return [];
  }
}

function isQueued(entry: unknown): entry is Queued {
  return typeof entry === "object" && entry !== null && "id" in entry && "text" in entry;
}

function write(key: string, all: readonly Queued[]): void {
  try {
    if (all.length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(all));
  } catch {
    // Full or forbidden storage only costs the queue once the window is closed.
  }
}
