/** Conversations and turns: query keys, fetchers, and what a person can do with them. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
  type QueryClient,
} from "@tanstack/react-query";
import { ApiError, request } from "@/lib/client";
import { text } from "@/lib/i18n";
import type {
  Conversation,
  ConversationList,
  CreateConversation,
  DeletedMessages,
  ForkConversation,
  GonePictures,
  Grounding,
  Image,
  Message,
  Regenerate,
  StartTurn,
  ToolDecision,
  TurnStarted,
  UpdateConversation,
} from "@/lib/types";
import { showToast } from "@/ui/toast";
import { changeShown } from "./filing";
import { focusMessage } from "./focus-message";
import type { Place } from "./place";
import { accept as accepted, begin, put, replace, show, takeBack } from "./model";
import { invalidateThread, showAround, takeAway, threadQuery, updateThread } from "./thread-api";

export const conversationsKey = ["conversations"] as const;
const path = (id: string) => `/api/conversations/${encodeURIComponent(id)}`;
/** How the ids begin of messages that the server does not have yet. */
const PENDING = "pending-";
const PAGE = 60;
/** Who goes on to the next wants more of them. */
const NEXT_PAGE = 200;

export function conversationsQuery(q: string) {
  return infiniteQueryOptions({
    queryKey: [...conversationsKey, { q }],
    queryFn: ({ pageParam, signal }) =>
      request<ConversationList>("GET", "/api/conversations", { query: { q, limit: PAGE, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** What the sidebar lists: all conversations, those of a folder, or those that are put away; what is looked for is looked for in all. */
export function shelvedQuery(q: string, place: Place) {
  const where =
    q !== "" || place.kind === "all" ? {} : place.kind === "folder" ? { folder: place.id } : { archived: true };
  return infiniteQueryOptions({
    queryKey: [...conversationsKey, "shelved", { q, ...where }],
    queryFn: ({ pageParam, signal }) =>
      request<ConversationList>("GET", "/api/conversations", {
        query: { q, ...where, shelves: true, limit: pageParam === undefined ? PAGE : NEXT_PAGE, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function conversationQuery(id: string) {
  return queryOptions({
    queryKey: ["conversation", id],
    queryFn: async ({ signal }) => {
      // What is fetched before a change has arrived would show that as not made.
      await settled(id);
      return request<Conversation>("GET", path(id), { signal });
    },
    staleTime: 30_000,
  });
}

/** Which pictures the turn behind a message leaves out, since they are not kept any more. */
export function gonePicturesQuery(id: string, leafId: string | undefined) {
  return queryOptions({
    queryKey: ["conversation", id, "gone-pictures", leafId ?? ""],
    queryFn: ({ signal }) =>
      request<GonePictures>("GET", `${path(id)}/gone-pictures`, { query: { leaf: leafId }, signal }),
    // What is shown before the server has it has no place there yet.
    enabled: leafId === undefined || !leafId.startsWith(PENDING),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    retry: false,
  });
}

/** What someone changed elsewhere, or the server by itself, is fetched anew. */
export async function refreshConversation(client: QueryClient, id: string): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: conversationsKey }),
    client.invalidateQueries({ queryKey: ["conversation", id] }),
    invalidateThread(client, id),
  ]);
}

/** Where conversations lie was changed, here or elsewhere. */
export async function refreshLists(client: QueryClient): Promise<void> {
  await Promise.all([
    client.invalidateQueries({ queryKey: conversationsKey }),
    client.invalidateQueries({ queryKey: ["conversation"] }),
  ]);
}

export function rememberConversation(client: QueryClient, conversation: Conversation): void {
  client.setQueryData(conversationQuery(conversation.id).queryKey, conversation);
}

/** Keeps what a change made of a conversation, unless another one is on its way: the answer to that one says both. */
function rememberChanged(client: QueryClient, conversation: Conversation): void {
  if (!underWay.has(conversation.id)) rememberConversation(client, conversation);
}

export interface Turn {
  text: string;
  images: Image[];
  /** The message to go on from. */
  parentId?: string | undefined;
  model?: string | undefined;
  grounding?: Grounding | undefined;
}

/** The last change of each conversation that is on its way. */
const underWay = new Map<string, Promise<unknown>>();

/** Sends a change of conversations behind those of them that are on their way. */
export function afterOthers<T>(ids: readonly string[], send: () => Promise<T>): Promise<T> {
  const sent = Promise.all(ids.map(settled)).then(send);
  for (const id of ids) underWay.set(id, sent);
  const forget = () => {
    for (const id of ids) if (underWay.get(id) === sent) underWay.delete(id);
  };
  sent.then(forget, forget);
  return sent;
}

/** Waits for what was changed of a conversation: an answer is to be written by the model that is shown, from the sources that are. */
export const settled = (id: string) => (underWay.get(id) ?? Promise.resolve()).then(ignore, ignore);
const ignore = () => undefined;

/** Says something in a conversation. */
export function useStartTurn(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (turn: Turn) => {
      await settled(conversationId);
      return request<TurnStarted>("POST", `${path(conversationId)}/turns`, { body: turnBody(turn) });
    },
    onMutate: (turn) => showPending(client, conversationId, turn),
    onSuccess: (started) => accept(client, conversationId, started),
    onError: (cause, _turn, pending) => refused(client, conversationId, { cause, pending }),
    meta: { ownError: true },
  });
}

/** Makes a conversation of a first turn. If that turn is refused, no empty conversation stays behind. */
export function useStartConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ create: begun, ...turn }: Turn & { create?: CreateConversation }) => {
      const create: CreateConversation = { ...begun };
      if (turn.model) create.model = turn.model;
      if (turn.grounding) create.grounding = turn.grounding;
      const conversation = await request<Conversation>("POST", "/api/conversations", { body: create });
      try {
        const started = await request<TurnStarted>("POST", `${path(conversation.id)}/turns`, { body: turnBody(turn) });
        return { conversation, started };
      } catch (cause) {
        await request<void>("DELETE", path(conversation.id)).catch(() => undefined);
        throw cause;
      }
    },
    onSuccess: ({ conversation, started }) => {
      rememberConversation(client, conversation);
      accept(client, conversation.id, started);
      void client.invalidateQueries({ queryKey: conversationsKey });
    },
    meta: { ownError: true },
  });
}

/** Makes a conversation before anything is said in it. */
export function useOpenConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (create: CreateConversation) => request<Conversation>("POST", "/api/conversations", { body: create }),
    onSuccess: (conversation) => {
      rememberConversation(client, conversation);
      void client.invalidateQueries({ queryKey: conversationsKey });
    },
    meta: { ownError: true },
  });
}

export function useRegenerate(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ messageId, model }: { messageId: string; model?: string }) => {
      await settled(conversationId);
      const body: Regenerate = model ? { model } : {};
      return request<TurnStarted>(
        "POST",
        `${path(conversationId)}/messages/${encodeURIComponent(messageId)}/regenerate`,
        { body },
      );
    },
    onSuccess: (started) => accept(client, conversationId, started),
  });
}

export function useStop(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (messageId: string) =>
      request<Message>("POST", `${path(conversationId)}/messages/${encodeURIComponent(messageId)}/stop`),
    onSuccess: (message) => updateThread(client, conversationId, (thread) => put(thread, message)),
  });
}

/** Allows a call of a tool that waits for it, or does not. What becomes of it comes by the event stream. */
export function useDecideTool(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ messageId, useId, decision }: { messageId: string; useId: string; decision: ToolDecision }) =>
      request<Message>(
        "POST",
        `${path(conversationId)}/messages/${encodeURIComponent(messageId)}/tools/${encodeURIComponent(useId)}`,
        { body: { decision } },
      ),
    // Somebody decided elsewhere, or the answer has ended: what is here is old.
    onError: () => invalidateThread(client, conversationId),
  });
}

/** Shows another version: at once what is here of it, then all that was said last after it. */
export function useShowBranch(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    // Before what is said next: coming after it, it would hide it.
    mutationFn: ({ leafId }: ShownBranch) =>
      afterOthers([conversationId], () =>
        request<Conversation>("PATCH", path(conversationId), { body: { leaf_id: leafId } }),
      ),
    onMutate: ({ leafId }) => updateThread(client, conversationId, (thread) => show(thread, leafId)),
    onSuccess: async (conversation, { messageId, leafId }) => {
      rememberChanged(client, conversation);
      // Another version may have been chosen meanwhile.
      const stillShown = client.getQueryData(threadQuery(conversationId).queryKey)?.leafId === leafId;
      if (stillShown && conversation.leaf_id !== leafId) await showAround(client, conversationId, messageId);
    },
  });
}

export interface ShownBranch {
  /** The version that was chosen. */
  messageId: string;
  /** What was said last after it, as far as is known here. */
  leafId: string;
}

/** Writes other words into a message where it stands. */
export function useEditMessage(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ messageId, words }: { messageId: string; words: string }) =>
      request<Message>("PATCH", `${path(conversationId)}/messages/${encodeURIComponent(messageId)}`, {
        body: { text: words },
      }),
    onSuccess: (message) => updateThread(client, conversationId, (thread) => replace(thread, message)),
  });
}

/** Deletes a message with what follows it; a message offers to bring it back, wherever the person is by then. */
export function useDeleteMessage(conversationId: string) {
  const client = useQueryClient();
  const restore = useRestoreMessage(conversationId).mutate;
  return useMutation({
    mutationFn: (messageId: string) =>
      request<DeletedMessages>("DELETE", `${path(conversationId)}/messages/${encodeURIComponent(messageId)}`),
    onSuccess: async (deleted, messageId) => {
      const undo = () => restore(messageId, { onSuccess: () => focusMessage(messageId) });
      showToast({
        text: text.chat.messagesDeleted(deleted.message_ids.length),
        action: { label: text.common.undo, run: undo },
      });
      await takeAway(client, conversationId, deleted);
    },
  });
}

/** Brings a deleted message back, and shows it. */
export function useRestoreMessage(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (messageId: string) =>
      request<Conversation>("POST", `${path(conversationId)}/messages/${encodeURIComponent(messageId)}/restore`),
    onSuccess: async (conversation) => {
      rememberConversation(client, conversation);
      if (conversation.leaf_id) await showAround(client, conversationId, conversation.leaf_id);
    },
  });
}

/** Makes a conversation of what was said up to a message. */
export function useFork(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (fork: ForkConversation) =>
      request<Conversation>("POST", `${path(conversationId)}/fork`, { body: fork }),
    onSuccess: (conversation) => {
      rememberConversation(client, conversation);
      void client.invalidateQueries({ queryKey: conversationsKey });
    },
  });
}

export function useUpdateConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: UpdateConversation }) =>
      afterOthers([id], () => request<Conversation>("PATCH", path(id), { body: change })),
    onMutate: ({ id, change }) => {
      const given = Object.fromEntries(
        Object.entries(change).filter(([, value]) => value !== null && value !== undefined),
      );
      return changeShown(client, [id], (conversation) => ({ ...conversation, ...given }));
    },
    onError: (_error, _update, undo) => {
      undo?.();
      // What stood there before may be a change that was refused as well.
      void refreshLists(client);
    },
    onSuccess: (conversation) => {
      rememberChanged(client, conversation);
      void client.invalidateQueries({ queryKey: conversationsKey });
    },
  });
}

export function useDeleteConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<void>("DELETE", path(id)),
    onSuccess: () => client.invalidateQueries({ queryKey: conversationsKey }),
  });
}

export function useRestoreConversation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<Conversation>("POST", `${path(id)}/restore`),
    onSuccess: (conversation) => {
      rememberConversation(client, conversation);
      void client.invalidateQueries({ queryKey: conversationsKey });
    },
  });
}

/** What is said, as it looks until the server has it. */
export function pendingMessage(conversationId: string, turn: Turn): Message {
  return {
    id: `${PENDING}${crypto.randomUUID?.() ?? Date.now()}`,
    conversation_id: conversationId,
    role: "user",
    text: turn.text,
    images: turn.images,
    status: "complete",
    language_model: false,
    created_at: new Date().toISOString(),
    ...(turn.parentId ? { parent_id: turn.parentId } : {}),
  };
}

/** Shows what is said at once; gives the id it has until the server gives it one. */
export function showPending(client: QueryClient, conversationId: string, turn: Turn): string {
  const said = pendingMessage(conversationId, turn);
  updateThread(client, conversationId, (thread) => begin(thread, said));
  return said.id;
}

/** Takes back what was refused. */
export function refused(
  client: QueryClient,
  conversationId: string,
  { cause, pending }: { cause: Error; pending: string | undefined },
): void {
  if (pending !== undefined) updateThread(client, conversationId, (thread) => takeBack(thread, pending));
  // Without an answer nobody knows whether the server has it.
  if (!(cause instanceof ApiError) || cause.status === 0) void invalidateThread(client, conversationId);
}

export function turnBody(turn: Turn): StartTurn {
  const body: StartTurn = { text: turn.text, images: turn.images };
  if (turn.parentId) body.parent_id = turn.parentId;
  if (turn.model) body.model = turn.model;
  if (turn.grounding) body.grounding = turn.grounding;
  return body;
}

export function accept(client: QueryClient, conversationId: string, started: TurnStarted): void {
  updateThread(client, conversationId, (thread) => accepted(thread, started));
}
