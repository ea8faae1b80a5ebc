/** Links to conversations: those that one gave out, and those that one follows. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import { isHome } from "@/lib/home";
import type { Conversation, CreateShare, Share, SharedConversation, ShareList, UpdateShare } from "@/lib/types";

const sharesKey = ["shares"] as const;
const sharedPath = (token: string) => `/api/shared/${encodeURIComponent(token)}`;

/** The links of one conversation, or all. */
export function sharesQuery(conversationId?: string) {
  return queryOptions({
    queryKey: [...sharesKey, conversationId ?? ""],
    queryFn: ({ signal }) =>
      request<ShareList>("GET", "/api/shares", { query: { conversation_id: conversationId }, signal }),
    // How often a link was opened, others decide.
    staleTime: 0,
  });
}

export function useCreateShare() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateShare) => request<Share>("POST", "/api/shares", { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: sharesKey }),
    meta: { ownError: true },
  });
}

export function useUpdateShare() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: UpdateShare }) =>
      request<Share>("PATCH", `/api/shares/${encodeURIComponent(id)}`, { body: change }),
    onSuccess: () => client.invalidateQueries({ queryKey: sharesKey }),
  });
}

export function useRevokeShare() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<void>("DELETE", `/api/shares/${encodeURIComponent(id)}`),
    onSettled: () => client.invalidateQueries({ queryKey: sharesKey }),
  });
}

/** What a link leads to. */
export function sharedQuery(token: string) {
  return queryOptions({
    queryKey: ["shared", token],
    queryFn: ({ signal }) =>
      request<SharedConversation>("GET", sharedPath(token), { query: { own: isHome() || undefined }, signal }),
    // Each fetch counts as somebody who reads.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

/** Gives the password; the server remembers it in a cookie. */
export function useOpenShared(token: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (password: string) => request<void>("POST", `${sharedPath(token)}/open`, { body: { password } }),
    onSuccess: () => client.invalidateQueries({ queryKey: sharedQuery(token).queryKey }),
    meta: { ownError: true },
  });
}

export function useCopyShared(token: string) {
  return useMutation({ mutationFn: () => request<Conversation>("POST", `${sharedPath(token)}/copy`) });
}

/** The whole address of a link: where other machines reach it, else at this one. */
export function shareAddress(share: Share, exposed: string | null | undefined): string {
  return `${exposed ? `http://${named(exposed)}` : location.origin}${share.path}`;
}

/** Whether the address stands for all addresses of the machine, so that nobody can be told which. */
export function isEverywhere(exposed: string): boolean {
  return /^(0\.0\.0\.0|\[::\]):/.test(exposed);
}

function named(exposed: string): string {
  return isEverywhere(exposed) ? exposed.replace(/^(0\.0\.0\.0|\[::\])/, location.hostname) : exposed;
}
