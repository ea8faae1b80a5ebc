/** What an answer took: always in sight, above its column. */
import { formatCount, formatDuration, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { CompareAnswer } from "@/lib/types";
import { speed } from "../model";

export function FiguresLine({
  answer,
  name,
  hidden,
}: {
  answer: CompareAnswer | undefined;
  name: string;
  hidden: boolean;
}) {
  const receipt = answer?.receipt;
  const rate = answer ? speed(answer) : undefined;
  const facts = [
    [text.compare.firstToken, receipt?.first_token_ms == null ? "–" : formatDuration(receipt.first_token_ms)],
    [text.compare.tokensPerSecond, rate === undefined ? "–" : rate.toFixed(1)],
    [
      text.compare.tokens,
      receipt ? text.compare.tokensInOut(formatCount(receipt.input_tokens), formatCount(receipt.output_tokens)) : "–",
    ],
    [text.compare.cost, receipt && !hidden ? formatMoney(receipt.cost_usd) : "–"],
  ] as const;
  return (
    <dl className="compare-facts numeric" aria-label={text.compare.figuresOf(name)}>
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
