/** What you said about answers. What many answers ask at once is asked in one request. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { AnswerFeedback, CastVote, FeedbackList, PutFeedback } from "@/lib/types";

type Waiting = { id: string; done: (feedback: AnswerFeedback | null) => void; failed: (error: unknown) => void };
let waiting: Waiting[] = [];
/** Most ids of one request. */
const MOST = 100;

/** Asks about one answer, together with all others that are asked about in the same moment. */
function load(id: string): Promise<AnswerFeedback | null> {
  return new Promise((done, failed) => {
    waiting.push({ id, done, failed });
    if (waiting.length === 1) setTimeout(ask, 0);
  });
}

async function ask(): Promise<void> {
  const all = waiting;
  waiting = [];
  for (let from = 0; from < all.length; from += MOST) {
    const some = all.slice(from, from + MOST);
    try {
      const exchange_ids = [...new Set(some.map(({ id }) => id))].join(",");
      const { feedback } = await request<FeedbackList>("GET", "/api/feedback", { query: { exchange_ids } });
      for (const { id, done } of some) done(feedback.find(({ said }) => said.exchange_id === id) ?? null);
    } catch (error) {
      for (const { failed } of some) failed(error);
    }
  }
}

export const feedbackQuery = (exchangeId: string) =>
  queryOptions({ queryKey: ["feedback", exchangeId], queryFn: () => load(exchangeId), staleTime: 60_000 });

export function usePutFeedback() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PutFeedback) => request<AnswerFeedback | null>("POST", "/api/feedback", { body }),
    onSuccess: (kept, { exchange_id }) => {
      client.setQueryData(feedbackQuery(exchange_id).queryKey, kept);
      void client.invalidateQueries({ queryKey: ["preferences"] });
    },
  });
}

export function useVote() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: CastVote) => request<unknown>("POST", "/api/votes", { body }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["ratings"] });
      void client.invalidateQueries({ queryKey: ["preferences"] });
    },
  });
}
