/** Versions of messages: which there are, and which of them can be voted on. Lists keep their identity while they hold the same. */
import type { Message } from "@/lib/types";
import { childrenByParent, type Thread } from "./model";

/** A version of an answer that can be voted on. */
export interface Version {
  message: Message;
  /** Its number among the versions. */
  number: number;
}

export type Versions = ReadonlyMap<string, readonly string[]>;

const NONE: readonly string[] = [];
const known = new WeakMap<readonly string[], Versions>();
let latest: Versions = new Map();

/** For each message that has several versions all of them, in the order they were made. */
export function versionsOf(thread: Thread): Versions {
  const found = known.get(thread.order);
  if (found) return found;
  const versions = new Map<string, readonly string[]>();
  for (const ids of childrenByParent(thread).values()) {
    if (ids.length < 2) continue;
    const before = latest.get(ids[0] ?? "");
    const same = before?.length === ids.length && before.every((id, index) => id === ids[index]);
    for (const id of ids) versions.set(id, same ? before : ids);
  }
  known.set(thread.order, versions);
  latest = versions;
  return versions;
}

export function versions(of: Versions, id: string): readonly string[] {
  return of.get(id) ?? NONE;
}

/** Kept so that rows that did not change are not rendered again. */
const rivals = new WeakMap<Message, Version>();

/** The nearest other version of an answer that another model has written to its end. */
export function rivalOf(thread: Thread, ids: readonly string[], message: Message): Version | undefined {
  const own = ids.indexOf(message.id);
  if (ids.length < 2 || message.status !== "complete" || !message.receipt) return undefined;
  const others = ids
    .map((id, index) => ({ message: thread.messages[id], number: index + 1 }))
    .toSorted((one, other) => Math.abs(one.number - 1 - own) - Math.abs(other.number - 1 - own));
  for (const { message: other, number } of others) {
    if (!other?.receipt || other.status !== "complete" || other.receipt.model === message.receipt.model) continue;
    const same = rivals.get(other);
    if (same?.number === number) return same;
    const version = { message: other, number };
    rivals.set(other, version);
    return version;
  }
  return undefined;
}
