/** How many tokens what is being written has, and what it would cost to send; counted on this machine, a moment after the last key. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { request } from "@/lib/client";
import type { Store } from "@/lib/store";
import type { Model, TokenCount } from "@/lib/types";

const PAUSE_MS = 350;

export interface Estimate {
  tokens: number;
  exact: boolean;
  /** With what was said before. */
  prompt: number;
  /** What the prompt costs, in dollars; missing where the price is not known. */
  costUsd: number | undefined;
  /** How much of the model's window the prompt takes, 0 to 1. */
  filled: number | undefined;
}

export function useEstimate(words: Store<string>, model: Model | undefined, before: number): Estimate | undefined {
  const settled = useSettled(words);
  const id = model?.language_model ? model.id : undefined;
  const { data } = useQuery({
    queryKey: ["tokens", id, settled],
    queryFn: ({ signal }) =>
      request<TokenCount>("POST", "/api/tokens/count", { body: { model: id, text: settled }, signal }),
    enabled: id !== undefined && settled !== "",
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
    retry: false,
  });
  if (!data || !model) return undefined;
  return estimate(data, model, before);
}

export function estimate(count: TokenCount, model: Model, before: number): Estimate {
  const prompt = before + count.tokens;
  const price = Number(model.prices?.input_usd ?? Number.NaN);
  return {
    tokens: count.tokens,
    exact: count.exact,
    prompt,
    costUsd: Number.isFinite(price) ? (prompt * price) / 1e6 : undefined,
    filled: model.context_window ? prompt / model.context_window : undefined,
  };
}

/** What is written, once it has not changed for a moment; nothing at once. */
function useSettled(words: Store<string>): string {
  const [settled, setSettled] = useState(() => words.get().trim());
  useEffect(() => {
    const settle = () => setSettled(words.get().trim());
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = words.subscribe(() => {
      clearTimeout(timer);
      if (words.get() === "") settle();
      else timer = setTimeout(settle, PAUSE_MS);
    });
    return () => {
      clearTimeout(timer);
      leave();
    };
  }, [words]);
  return settled;
}
