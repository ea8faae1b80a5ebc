/** Who speaks in a conversation, changed. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Cast } from "@/lib/types";
import { useUpdateConversation } from "./api";
import { resetThread } from "./thread-api";

/** Has others speak. Before anything is said, their greetings take the place of those that stand there. */
export function useCastChange(conversationId: string, greetingsOnly: boolean): (cast: Cast) => void {
  const client = useQueryClient();
  const change = useUpdateConversation().mutate;
  return useCallback(
    (cast) =>
      change(
        { id: conversationId, change: { cast } },
        { onSuccess: () => (greetingsOnly ? resetThread(client, conversationId) : undefined) },
      ),
    [change, client, conversationId, greetingsOnly],
  );
}
