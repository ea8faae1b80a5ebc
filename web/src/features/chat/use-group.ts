/** Conversations of several personas: who takes part, whose turn it is, and what a person does about it. */
import { queryOptions, useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { request } from "@/lib/client";
import type { Conversation, CreateConversation, Group, GroupState, Message, TurnStarted } from "@/lib/types";
import {
  accept,
  conversationsKey,
  refused,
  rememberConversation,
  settled,
  showPending,
  turnBody,
  useStartTurn,
  type Turn,
} from "./api";
import { acceptSaid } from "./model";
import { resetThread, updateThread } from "./thread-api";

const path = (id: string) => `/api/conversations/${encodeURIComponent(id)}/group`;
export const groupKey = (id: string) => ["group", id] as const;

export function groupQuery(id: string) {
  return queryOptions({
    queryKey: groupKey(id),
    queryFn: ({ signal }) => request<GroupState>("GET", path(id), { signal }),
    staleTime: 5_000,
  });
}

function useRemember(id: string): (state: GroupState) => void {
  const client = useQueryClient();
  return (state) => client.setQueryData(groupKey(id), state);
}

/** Makes a conversation a group; without one, makes the conversation as well and gives its id. */
export function usePutGroup(conversationId: string | undefined) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ group, create }: { group: Group; create: CreateConversation }) => {
      const id = conversationId ?? (await begun(client, create));
      try {
        return { id, state: await request<GroupState>("PUT", path(id), { body: group }) };
      } catch (cause) {
        // A conversation that was made for a group that cannot be does not stay behind.
        if (!conversationId) await request<void>("DELETE", `/api/conversations/${encodeURIComponent(id)}`);
        throw cause;
      }
    },
    onSuccess: async ({ id, state }) => {
      const before = client.getQueryData<GroupState>(groupKey(id))?.people ?? [];
      client.setQueryData(groupKey(id), state);
      void client.invalidateQueries({ queryKey: ["conversation", id] });
      const same = state.people.every((person, index) => person.persona_id === before[index]?.persona_id);
      // Others greet, in the place of those who stood there.
      if (!same || before.length !== state.people.length) await resetThread(client, id);
    },
  });
}

async function begun(client: QueryClient, create: CreateConversation): Promise<string> {
  const conversation = await request<Conversation>("POST", "/api/conversations", { body: create });
  rememberConversation(client, conversation);
  void client.invalidateQueries({ queryKey: conversationsKey });
  return conversation.id;
}

export function useEndGroup(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<void>("DELETE", path(conversationId)),
    onSuccess: () => client.invalidateQueries({ queryKey: groupKey(conversationId) }),
  });
}

/** Has somebody speak now: who is named, or who is next. */
export function useSpeak(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (personaId?: string) => {
      await settled(conversationId);
      return request<TurnStarted>("POST", `${path(conversationId)}/speak`, {
        body: personaId ? { persona_id: personaId } : {},
      });
    },
    onSuccess: (started) => {
      accept(client, conversationId, started);
      void client.invalidateQueries({ queryKey: groupKey(conversationId) });
    },
  });
}

/** Says who speaks next. */
export function useQueue(conversationId: string) {
  return useMutation({
    mutationFn: (personaIds: string[]) =>
      request<GroupState>("PUT", `${path(conversationId)}/queue`, { body: { persona_ids: personaIds } }),
    onSuccess: useRemember(conversationId),
  });
}

export function useStopGroup(conversationId: string) {
  return useMutation({
    mutationFn: () => request<GroupState>("POST", `${path(conversationId)}/stop`),
    onSuccess: useRemember(conversationId),
  });
}

/** Says something: in a group where the person chooses who answers, without an answer. */
export function useTurn(conversationId: string) {
  const client = useQueryClient();
  const { data } = useQuery(groupQuery(conversationId));
  const { mutateAsync: start, isPending: starting } = useStartTurn(conversationId);
  const { mutateAsync: say, isPending: saying } = useMutation({
    mutationFn: async (turn: Turn) => {
      await settled(conversationId);
      return request<Message>("POST", `${path(conversationId)}/say`, { body: turnBody(turn) });
    },
    onMutate: (turn) => showPending(client, conversationId, turn),
    onSuccess: (message) => updateThread(client, conversationId, (thread) => acceptSaid(thread, message)),
    onError: (cause, _turn, pending) => refused(client, conversationId, { cause, pending }),
    meta: { ownError: true },
  });
  const silent = data?.group?.policy === "manual" && data.queue.length === 0;
  const mutateAsync = useCallback(
    async (turn: Turn): Promise<void> => {
      await (silent ? say(turn) : start(turn));
    },
    [say, silent, start],
  );
  return { mutateAsync, isPending: starting || saying };
}

/** Whether several take part in a conversation, who may go on by themselves. */
export function useIsGroup(conversationId: string): boolean {
  const { data } = useQuery(groupQuery(conversationId));
  return data?.group !== undefined && data.group !== null;
}
