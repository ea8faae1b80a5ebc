/** A value outside React that components can read: the least that tells them when it changed. */
import { useSyncExternalStore } from "react";

export interface Store<T> {
  get: () => T;
  set: (next: T | ((previous: T) => T)) => void;
  subscribe: (listener: () => void) => () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      const computed = typeof next === "function" ? (next as (previous: T) => T)(value) : next;
      if (Object.is(computed, value)) return;
      value = computed;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}

/** What is read out of a store's value; rendered again only when that changes, so it has to be plain. */
export function useStorePart<T, P extends string | number | boolean | undefined>(
  store: Store<T>,
  read: (value: T) => P,
): P {
  const part = () => read(store.get());
  return useSyncExternalStore(store.subscribe, part, part);
}
