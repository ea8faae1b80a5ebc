/** The messages of a conversation as they come from the server: the end of the branch first, the rest by the piece. */
import { queryOptions, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { request } from "@/lib/client";
import type { DeletedMessages, MessageList } from "@/lib/types";
import { emptyThread, isTurnedFrom, load, loadAfter, loadBeside, loadPiece, remove, type Thread } from "./model";

/** Messages of a piece: more than a tall screen holds, and few enough that a long conversation opens like a short one. */
const PIECE = 60;

const threadKey = (id: string) => ["thread", id] as const;
const path = (id: string) => `/api/conversations/${encodeURIComponent(id)}/messages`;

/** Which piece: the end of the branch, what is before or after a message, or what is around it. */
export type PieceOf = { before: string } | { after: string } | { around: string } | Record<never, never>;

function fetchPiece(id: string, of: PieceOf, signal?: AbortSignal): Promise<MessageList> {
  const query = { ...of, limit: PIECE };
  return request<MessageList>("GET", path(id), signal ? { query, signal } : { query });
}

/**
 * The messages that are here; what streams in is reduced into the same entry, so a fetch only ever adds to it. With
 * `messageId` it begins around that message.
 */
export function threadQuery(id: string, messageId?: string) {
  return queryOptions({
    queryKey: threadKey(id),
    queryFn: async ({ signal, client }): Promise<Thread> => {
      const known = client.getQueryData<Thread>(threadKey(id));
      if (known === undefined && messageId !== undefined)
        return loadPiece(emptyThread, await fetchPiece(id, { around: messageId }, signal));
      const list = await fetchPiece(id, {}, signal);
      return load(client.getQueryData<Thread>(threadKey(id)) ?? emptyThread, list);
    },
    structuralSharing: false,
    staleTime: 5_000,
  });
}

export function updateThread(client: QueryClient, id: string, change: (thread: Thread) => Thread): void {
  client.setQueryData<Thread>(threadKey(id), (thread) => change(thread ?? emptyThread));
}

export function invalidateThread(client: QueryClient, id: string): Promise<void> {
  return client.invalidateQueries({ queryKey: threadKey(id) });
}

/** Forgets the messages and fetches them anew: what stood there does not any more. */
export async function resetThread(client: QueryClient, id: string): Promise<void> {
  await client.resetQueries({ queryKey: threadKey(id) });
}

const shownLeaf = (client: QueryClient, id: string) => client.getQueryData<Thread>(threadKey(id))?.leafId;

/** Fetches what is around a message and shows its branch, unless something else was chosen or said by then. */
export async function showAround(client: QueryClient, id: string, messageId: string): Promise<void> {
  const before = shownLeaf(client, id);
  const list = await fetchPiece(id, { around: messageId });
  updateThread(client, id, (thread) => (thread.leafId === before ? loadPiece : loadBeside)(thread, list));
}

/** Takes away what was deleted, here or in another window, and shows what the server says is shown now. */
export async function takeAway(client: QueryClient, id: string, deleted: DeletedMessages): Promise<void> {
  const before = client.getQueryData<Thread>(threadKey(id));
  if (!before) return;
  // What is under way was read before and would bring it back.
  await client.cancelQueries({ queryKey: threadKey(id) });
  updateThread(client, id, (thread) => remove(thread, deleted));
  const { leaf_id: leafId } = deleted;
  const missing = leafId && client.getQueryData<Thread>(threadKey(id))?.messages[leafId] === undefined;
  const hidden = before.leafId !== undefined && deleted.message_ids.includes(before.leafId);
  if (missing && hidden) await showAround(client, id, leafId);
}

export interface Pieces {
  /** Which way something is being fetched. */
  loading: "before" | "after" | undefined;
  /** Fetches what is before a message; not while that is under way. */
  before: (messageId: string) => void;
  /** Fetches what follows the last message that is shown. */
  after: (messageId: string) => void;
  /** Goes to a message, wherever in the conversation it is. */
  around: (messageId: string) => Promise<void>;
  /** Whether the latest change added messages before the others: then the scroll position counts from the end. */
  prepending: boolean;
}

export function usePieces(id: string): Pieces {
  const client = useQueryClient();
  const [loading, setLoading] = useState<Pieces["loading"]>();
  const [prepending, setPrepending] = useState(false);
  const fetching = useMemo(() => fetchingOf(client, id, { setLoading, setPrepending }), [client, id]);
  return useMemo(() => ({ loading, prepending, ...fetching }), [fetching, loading, prepending]);
}

interface Shown {
  setLoading: (way: Pieces["loading"]) => void;
  setPrepending: (prepending: boolean) => void;
}

/** One piece at a time. */
function fetchingOf(client: QueryClient, id: string, { setLoading, setPrepending }: Shown) {
  let busy = false;
  const run = async (
    way: Pieces["loading"],
    of: PieceOf,
    take: (thread: Thread, list: MessageList) => Thread,
  ): Promise<void> => {
    if (busy) return;
    busy = true;
    setLoading(way);
    try {
      const before = shownLeaf(client, id);
      const list = await fetchPiece(id, of);
      setPrepending(way === "before");
      // Another version that was chosen meanwhile stays shown.
      updateThread(client, id, (thread) => (isTurnedFrom(thread, before) ? loadBeside : take)(thread, list));
    } finally {
      busy = false;
      setLoading(undefined);
    }
  };
  return {
    // What is before a message belongs to the branch that is shown, whichever the server thinks is looked at.
    before: (messageId: string) => void run("before", { before: messageId }, loadBeside).catch(later),
    after: (messageId: string) => void run("after", { after: messageId }, loadAfter).catch(later),
    around: (messageId: string) => run(undefined, { around: messageId }, loadPiece),
  };
}

/** A piece that could not be fetched is asked for again by the next scrolling. */
function later(): void {}
