/** A model in one line: what it takes and costs, and how it is doing. On a phone the line becomes a card. */
import { formatDuration } from "@/lib/format";
import { text } from "@/lib/i18n";
import { Badge } from "@/ui/feedback";
import { Sparkline } from "@/ui/sparkline";
import { contextOf, lastHourOf, pricesOf, STATE_TONES } from "../facts";
import { stateOf, type Entry } from "../listing";
import { TestButton, TestOutcome, useModelTest } from "./model-test";

export function ModelRow({ entry, isDefault, onOpen }: { entry: Entry; isDefault: boolean; onOpen: () => void }) {
  const { model, health } = entry;
  const state = stateOf(entry);
  const hour = lastHourOf(health);
  const test = useModelTest(model.id);
  return (
    <li className="model-item">
      <div className="model-row numeric">
        <div className="model-name">
          <button type="button" className="model-open" onClick={onOpen} aria-haspopup="dialog">
            {model.display_name}
          </button>
          <span className="model-id">{model.id}</span>
          <span className="model-badges">
            {isDefault ? <Badge tone="accent">{text.models.default}</Badge> : undefined}
            {model.language_model ? undefined : <Badge tone="accent">{text.models.noLanguageModel}</Badge>}
            {model.local ? <Badge>{text.models.local}</Badge> : undefined}
            {model.capabilities
              .filter((capability) => capability !== "chat")
              .map((capability) => (
                <Badge key={capability}>{text.models.capability(capability)}</Badge>
              ))}
          </span>
        </div>
        <span className="end" data-label={text.models.columns.context}>
          {contextOf(model)}
        </span>
        <span className="end" data-label={text.models.columns.price}>
          {pricesOf(model).short}
        </span>
        <span className="model-state">
          <Badge tone={STATE_TONES[state] ?? "neutral"}>{text.models.health(state)}</Badge>
        </span>
        <span className="model-hour">
          <Sparkline values={hour.values} label={text.models.lastHour(hour.calls, hour.failures)} />
        </span>
        <span className="end" data-label={text.models.columns.firstToken}>
          {health && health.first_token_ms.p50 > 0 ? formatDuration(health.first_token_ms.p50) : "–"}
        </span>
        <span className="end" data-label={text.models.columns.uptime}>
          {typeof health?.uptime_percent === "number" ? text.models.percent(health.uptime_percent) : "–"}
        </span>
        <TestButton test={test} name={model.display_name} />
      </div>
      <TestOutcome test={test} />
    </li>
  );
}
