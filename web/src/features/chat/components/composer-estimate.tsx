/** Under the field: what it would take to send what is being written. */
import { formatCompact, formatCount, formatMoney, formatShare } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Model } from "@/lib/types";
import type { Draft } from "@/lib/use-draft";
import { useEstimate } from "../use-estimate";

export interface ComposerEstimateProps {
  words: Draft["words"];
  /** The model that would be asked, and the tokens of what was said before. */
  model: Model | undefined;
  tokensBefore: number;
}

export function ComposerEstimate({ words, model, tokensBefore }: ComposerEstimateProps) {
  const estimate = useEstimate(words, model, tokensBefore);
  if (!estimate) return undefined;
  const { tokens, exact, prompt, costUsd, filled } = estimate;
  const cost = costUsd === undefined ? undefined : formatMoney(costUsd.toFixed(9));
  return (
    <p className="composer-estimate numeric" title={text.chat.estimateHint(formatCount(prompt), exact)}>
      <span>{text.chat.estimateTokens(`${exact ? "" : "≈ "}${formatCount(tokens)}`)}</span>
      {cost ? <span>{text.chat.estimateCost(cost)}</span> : undefined}
      {filled !== undefined && filled >= 0.01 ? (
        <span>{text.chat.estimateWindow(formatCompact(prompt), formatShare(Math.min(1, filled)))}</span>
      ) : undefined}
    </p>
  );
}
