/** What Familiar saved: spent and saved side by side, and where the saving comes from. */
import { formatMoney, formatShare } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toDollars } from "@/lib/money";
import type { Savings } from "@/lib/types";

export function SavingsSection({ savings }: { savings: Savings }) {
  const parts = [
    { id: "spent", label: text.money.spent, usd: savings.cost_usd },
    { id: "cache", label: text.money.byCache, usd: savings.by_cache_usd },
    { id: "prompt", label: text.money.byPromptCache, usd: savings.by_prompt_cache_usd },
    { id: "routing", label: text.money.byRouting, usd: savings.by_routing_usd },
  ];
  const whole = parts.reduce((sum, part) => sum + Math.max(0, toDollars(part.usd)), 0);
  const baseline = formatMoney(savings.baseline_usd);
  const hits = [
    savings.requests > 0 ? text.money.cacheHits(formatShare(savings.cached / savings.requests)) : undefined,
    savings.input_tokens > 0
      ? text.money.promptCacheHits(formatShare(savings.cached_input_tokens / savings.input_tokens))
      : undefined,
  ];
  return (
    <section className="card savings" aria-labelledby="savings-title">
      <h2 id="savings-title">{text.money.savings}</h2>
      <p className="field-hint">{text.money.savingsHint}</p>
      {whole > 0 ? (
        <div
          className="savings-bar"
          role="img"
          aria-label={text.money.savingsBar(formatMoney(savings.cost_usd), baseline)}
        >
          {parts.map((part) => (
            <span
              key={part.id}
              data-part={part.id}
              style={{ inlineSize: `${(Math.max(0, toDollars(part.usd)) / whole) * 100}%` }}
            />
          ))}
        </div>
      ) : (
        <p>{text.money.nothingSaved}</p>
      )}
      <dl className="savings-list numeric">
        {parts.map((part) => (
          <div key={part.id}>
            <dt>
              <span className="legend-colour" data-part={part.id} aria-hidden />
              {part.label}
            </dt>
            <dd data-saving={part.id}>{formatMoney(part.usd)}</dd>
          </div>
        ))}
        <div className="savings-total">
          <dt>{text.money.baseline}</dt>
          <dd data-saving="baseline">{baseline}</dd>
        </div>
      </dl>
      <p className="field-hint numeric">{hits.filter(Boolean).join(" · ")}</p>
    </section>
  );
}
