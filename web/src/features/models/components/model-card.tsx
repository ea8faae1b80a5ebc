/** A model: what it can do, how much it takes in, what it costs, how it fares. */
import { formatCompact } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Model } from "@/lib/types";
import { Badge, type Tone } from "@/ui/feedback";

const HEALTH_TONES: Record<string, Tone> = { available: "good", degraded: "warn", unavailable: "danger" };

export function ModelCard({ model, isDefault }: { model: Model; isDefault: boolean }) {
  const facts: [string, string][] = [];
  if (model.context_window) facts.push([text.models.context, text.models.tokens(formatCompact(model.context_window))]);
  if (model.max_output_tokens)
    facts.push([text.models.output, text.models.tokens(formatCompact(model.max_output_tokens))]);
  facts.push([text.models.price, priceOf(model)]);
  return (
    <li className="card model-card">
      <div className="model-head">
        <h3>{model.display_name}</h3>
        {isDefault ? <Badge tone="accent">{text.models.default}</Badge> : undefined}
        <Badge tone={HEALTH_TONES[model.health] ?? "neutral"}>{text.models.health(model.health)}</Badge>
      </div>
      <p className="model-id">{model.id}</p>
      <dl className="model-facts numeric">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <ul className="model-badges" aria-label={text.models.capabilities}>
        {model.language_model ? undefined : (
          <li>
            <Badge tone="accent">{text.models.noLanguageModel}</Badge>
          </li>
        )}
        {model.local ? (
          <li>
            <Badge>{text.models.local}</Badge>
          </li>
        ) : undefined}
        {model.capabilities.map((capability) => (
          <li key={capability}>
            <Badge>{text.models.capability(capability)}</Badge>
          </li>
        ))}
      </ul>
    </li>
  );
}

function priceOf(model: Model): string {
  if (!model.prices) return model.language_model && !model.local ? text.models.priceUnknown : text.models.free;
  return text.models.pricesLong(
    model.prices.input_usd,
    model.prices.output_usd,
    model.prices.cached_input_usd ?? undefined,
  );
}
