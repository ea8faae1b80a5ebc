/** Says things in a conversation, and does what can be done with its messages. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { toPassage } from "@/lib/passage";
import { stillThere } from "@/lib/images";
import type { Message } from "@/lib/types";
import { copyWithToast } from "@/ui/copy";
import { showToast } from "@/ui/toast";
import { useDeleteMessage, useEditMessage, useFork, useRegenerate, useShowBranch } from "./api";
import { focusLeft } from "./focus-message";
import { branch, childrenByParent, leafBelow } from "./model";
import type { ThreadActions } from "./thread-actions";
import { threadQuery } from "./thread-api";
import { useTurn } from "./use-group";

export interface Said {
  text: string;
  images: Message["images"];
  parentId: string | undefined;
}

/** Says something and goes to the end; whether it was taken. */
export type Say = (said: Said) => Promise<boolean>;

export function useSay(conversationId: string, follow: () => void): { say: Say; sending: boolean } {
  const { mutateAsync, isPending } = useTurn(conversationId);
  const say = useCallback(
    async (said: Said): Promise<boolean> => {
      follow();
      try {
        await mutateAsync({ text: said.text, images: said.images ?? [], parentId: said.parentId });
        follow();
        return true;
      } catch (error) {
        const { message, hint } = describeError(error);
        showToast({ tone: "danger", text: message, hint });
        return false;
      }
    },
    [follow, mutateAsync],
  );
  return { say, sending: isPending };
}

export function useThreadActionsOf(
  conversationId: string,
  messages: readonly Message[],
  { say, follow }: { say: Say; follow: () => void },
): ThreadActions {
  const client = useQueryClient();
  const navigate = useNavigate();
  const regenerate = useRegenerate(conversationId).mutate;
  const showBranch = useShowBranch(conversationId).mutate;
  const edit = useEditMessage(conversationId).mutateAsync;
  const fork = useFork(conversationId).mutate;
  const remove = useDeleteMessage(conversationId).mutate;
  // The messages change with every word; what can be done with them does not.
  const shown = useRef(messages);
  useEffect(() => {
    shown.current = messages;
  }, [messages]);

  return useMemo<ThreadActions>(() => {
    const resend = (message: Message, words: string) =>
      say({ text: words, images: stillThere(message.images), parentId: message.parent_id ?? undefined });
    const save = (message: Message, words: string) =>
      edit({ messageId: message.id, words }).then(
        () => true,
        () => false,
      );
    return {
      resend,
      save,
      saveAndRerun: async (message, words) => {
        if (!(await save(message, words))) return false;
        const asked = shown.current.find((other) => other.parent_id === message.id && other.role === "user");
        return asked ? say({ text: asked.text, images: stillThere(asked.images), parentId: message.id }) : true;
      },
      regenerate: (messageId, model) => {
        follow();
        regenerate(model ? { messageId, model } : { messageId });
      },
      openCitation: (citation) => void navigate(toPassage(citation.chunk_id, citation.quote)),
      showVersion: (messageId) => {
        const thread = client.getQueryData(threadQuery(conversationId).queryKey);
        const leafId = thread ? leafBelow(childrenByParent(thread), messageId) : messageId;
        showBranch({ messageId, leafId });
      },
      fork: (message, scope) =>
        fork(
          { message_id: message.id, scope },
          {
            onSuccess: (made) => {
              showToast({ text: text.chat.forked });
              void navigate({ to: "/c/$conversationId", params: { conversationId: made.id } });
            },
          },
        ),
      copyLink: (message) => {
        const link = new URL(`/c/${conversationId}`, window.location.origin);
        link.searchParams.set("message", message.id);
        void copyWithToast(link.href, text.chat.linkCopied);
      },
      remove: (message) => {
        const at = shown.current.findIndex(({ id }) => id === message.id);
        remove(message.id, {
          onSuccess: () => {
            const thread = client.getQueryData(threadQuery(conversationId).queryKey);
            const left = thread ? branch(thread) : [];
            focusLeft((left[at] ?? left.at(-1))?.id);
          },
        });
      },
    };
  }, [client, conversationId, edit, follow, fork, navigate, regenerate, remove, say, showBranch]);
}
