/** Keeps a conversation's messages in step with the server while an answer is being written. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { statusQuery } from "@/lib/api/status";
import { openStream, type ServerEvent } from "@/lib/sse";
import type { TurnEvent } from "@/lib/types";
import { conversationsKey, rememberConversation } from "./api";
import { reduceAll, type Numbered } from "./model";
import { updateThread } from "./thread-api";

/** Many small events make one change of the page: this often words appear, which reads as if they flowed. */
const FLUSH_MS = 50;

/** The ledger is written in batches: what an answer cost is in the month's sum a moment later. */
const LEDGER_MS = 1_500;

export function useLiveThread(conversationId: string, streaming: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!streaming) return undefined;
    let waiting: Numbered[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      clearTimeout(timer);
      timer = undefined;
      const events = waiting;
      waiting = [];
      if (events.length > 0) apply(client, conversationId, events);
    };
    const close = openStream(`/api/conversations/${encodeURIComponent(conversationId)}/events`, {
      onEvent: (received) => {
        const numbered = parse(received);
        if (!numbered) return;
        waiting.push(numbered);
        timer ??= setTimeout(flush, FLUSH_MS);
      },
    });
    return () => {
      close();
      flush();
    };
  }, [client, conversationId, streaming]);
}

function parse(received: ServerEvent): Numbered | undefined {
  try {
    return { event: JSON.parse(received.data) as TurnEvent, sequence: stepOf(received.id) };
  } catch {
    // A line that is not JSON cannot be an event; the next snapshot makes good for it.
    return undefined;
  }
}

/** The step's number: what follows the dash of `run-step`. A message is written in one run of the server, so the run does not matter. */
function stepOf(id: string | undefined): number | undefined {
  const step = /(?:^|-)(\d+)$/.exec(id ?? "")?.[1];
  return step === undefined ? undefined : Number(step);
}

function apply(client: QueryClient, conversationId: string, events: Numbered[]): void {
  updateThread(client, conversationId, (thread) => reduceAll(thread, events));
  for (const { event } of events) {
    // Whose turn it is in a group changes with every answer that begins or ends.
    if (event.type !== "delta" && event.type !== "tool")
      void client.invalidateQueries({ queryKey: ["group", conversationId] });
    if (event.type === "conversation") rememberConversation(client, event.conversation);
    if (event.type === "conversation" || event.type === "finished")
      void client.invalidateQueries({ queryKey: conversationsKey });
    if (event.type === "finished")
      setTimeout(() => void client.invalidateQueries({ queryKey: statusQuery.queryKey }), LEDGER_MS);
  }
}
