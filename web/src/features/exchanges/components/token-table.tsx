/** Tokens by class, and the money. */
import { formatCount, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toDollars } from "@/lib/money";
import type { ExchangeCost, UsageByClass } from "@/lib/types";

const CLASSES = ["input", "cached_input", "cache_write", "output", "reasoning"] as const;

/** What the provider's prompt cache saved, or what writing to it cost. */
function promptCache(dollars: number, amount: string): string | undefined {
  if (dollars > 0) return text.exchanges.promptSaved(formatMoney(amount));
  return dollars < 0 ? text.exchanges.promptCost(formatMoney(amount.replace("-", ""))) : undefined;
}

export function TokenTable({ usage, cost }: { usage: UsageByClass; cost: ExchangeCost }) {
  const remarks = [
    cost.estimated ? text.exchanges.estimated : undefined,
    toDollars(cost.saved_usd) > 0 ? text.exchanges.saved(formatMoney(cost.saved_usd)) : undefined,
    promptCache(toDollars(cost.prompt_saved_usd), cost.prompt_saved_usd),
    toDollars(cost.baseline_usd) > toDollars(cost.cost_usd ?? "0")
      ? text.exchanges.baseline(formatMoney(cost.baseline_usd))
      : undefined,
    cost.cost_usd ? undefined : text.exchanges.priceUnknown,
  ].filter((remark) => remark !== undefined);
  return (
    <>
      <table className="table numeric token-table">
        <tbody>
          {CLASSES.filter((name) => usage[name] > 0 || name === "input" || name === "output").map((name) => (
            <tr key={name}>
              <th scope="row">{text.exchanges.tokenClass(name)}</th>
              <td className="end">{formatCount(usage[name])}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">{text.exchanges.cost}</th>
            <td className="end">
              {cost.estimated && cost.cost_usd ? "≈ " : ""}
              {cost.cost_usd ? `$${cost.cost_usd}` : "–"}
            </td>
          </tr>
        </tbody>
      </table>
      {remarks.length > 0 ? <p className="field-hint">{remarks.join(" ")}</p> : undefined}
    </>
  );
}
