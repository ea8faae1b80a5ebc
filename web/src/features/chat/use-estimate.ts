/** How many tokens what is being written has, and what it would cost to send; counted on this machine, a moment after the last key. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { request } from "@/lib/client";
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

export function useEstimate(words: string, model: Model | undefined, before: number): Estimate | undefined {
  const settled = useSettled(words.trim());
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
  if (!data || words.trim() === "" || !model) return undefined;
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

/** A value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
