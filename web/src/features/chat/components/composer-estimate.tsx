/** Under the field: what it would take to send what is being written. */
import { formatCompact, formatCount, formatMoney, formatShare } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Estimate } from "../use-estimate";

export function ComposerEstimate({ estimate }: { estimate: Estimate | undefined }) {
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
