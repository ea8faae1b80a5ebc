/** A model with all of its figures: facts, times, breaker, limits, the last hour. */
import { Link } from "@tanstack/react-router";
import { formatCompact, formatCount, formatDuration, formatWait } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { DeploymentHealth } from "@/lib/types";
import { Dialog } from "@/ui/dialog";
import { Facts } from "@/ui/facts";
import { Badge, Notice } from "@/ui/feedback";
import { Meter } from "@/ui/meter";
import { PanelSection } from "@/ui/panel-section";
import { contextOf, priceLinesOf, STATE_TONES } from "../facts";
import { stateOf, type Entry } from "../listing";
import { HourChart } from "./hour-chart";
import { TestButton, TestOutcome, useModelTest } from "./model-test";

export function ModelDialog({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const { model, health } = entry;
  const state = stateOf(entry);
  const test = useModelTest(model.id);
  const facts: [string, string][] = [
    [text.models.context, model.context_window ? text.models.tokens(contextOf(model)) : "–"],
    [text.models.output, model.max_output_tokens ? text.models.tokens(formatCompact(model.max_output_tokens)) : "–"],
  ];
  if (model.released_on) facts.push([text.models.released, model.released_on]);
  if (model.retires_on) facts.push([text.models.retires, model.retires_on]);
  return (
    <Dialog
      open
      onClose={onClose}
      title={model.display_name}
      description={model.id}
      closeLabel={text.common.close}
      side="end"
      className="dialog-wide"
    >
      <ul className="model-badges" aria-label={text.models.capabilities}>
        <li>
          <Badge tone={STATE_TONES[state] ?? "neutral"}>{text.models.health(state)}</Badge>
        </li>
        {model.capabilities.map((capability) => (
          <li key={capability}>
            <Badge>{text.models.capability(capability)}</Badge>
          </li>
        ))}
      </ul>
      <Facts facts={facts} />
      <PanelSection title={text.models.price}>
        <Facts facts={priceLinesOf(model)} />
      </PanelSection>
      <div className="model-try">
        <TestButton test={test} name={model.display_name} />
        <Link to="/exchanges" search={{ model: model.id }} className="button button-plain">
          {text.models.exchanges}
        </Link>
        <span className="field-hint">{text.models.testHint}</span>
      </div>
      <TestOutcome test={test} />
      {health && health.calls > 0 ? (
        <Figures health={health} />
      ) : (
        <PanelSection title={text.models.figures}>
          <p className="field-hint">{text.models.noFigures}</p>
        </PanelSection>
      )}
      {health ? <Limits health={health} /> : undefined}
    </Dialog>
  );
}

function Figures({ health }: { health: DeploymentHealth }) {
  const facts: [string, string][] = [
    [text.models.uptime, typeof health.uptime_percent === "number" ? text.models.percent(health.uptime_percent) : "–"],
    [text.models.success, health.samples > 0 ? text.models.percent(health.success_percent) : "–"],
    [text.models.calls, formatCount(health.calls)],
    [text.models.failures, formatCount(health.failures)],
    [text.models.inFlight, formatCount(health.in_flight)],
    [text.models.waiting, formatCount(health.waiting)],
    [text.models.speed, health.tokens_per_second > 0 ? text.models.perSecond(health.tokens_per_second) : "–"],
  ];
  const { breaker } = health;
  const wait =
    typeof breaker.retry_in_ms === "number" ? text.models.retryIn(formatWait(breaker.retry_in_ms / 1_000)) : "";
  return (
    <>
      <PanelSection title={text.models.figures}>
        <Facts facts={facts} />
        <table className="table numeric percentiles">
          <thead>
            <tr>
              <th scope="col">{text.models.time}</th>
              {(["p50", "p95", "p99"] as const).map((name) => (
                <th key={name} scope="col" className="end">
                  {text.models.percentile(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {(["first_token_ms", "latency_ms"] as const).map((row) => (
              <tr key={row}>
                <th scope="row">{row === "latency_ms" ? text.models.latency : text.models.firstToken}</th>
                {(["p50", "p95", "p99"] as const).map((name) => (
                  <td key={name} className="end">
                    {health[row][name] > 0 ? formatDuration(health[row][name]) : "–"}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <p className="field-hint">{text.models.window(health.samples)}</p>
      </PanelSection>
      <PanelSection title={text.models.columns.hour}>
        <HourChart minutes={health.last_hour} />
      </PanelSection>
      <PanelSection title={text.models.breaker}>
        <p>{[text.models.breakerState(breaker.state), wait].filter(Boolean).join(", ")}</p>
        {health.last_error ? (
          <Notice tone="warn" title={text.models.lastError} detail={health.last_error} />
        ) : undefined}
      </PanelSection>
    </>
  );
}

function Limits({ health }: { health: DeploymentHealth }) {
  return (
    <PanelSection title={text.models.limits}>
      {health.limits.length === 0 ? <p className="field-hint">{text.models.noLimits}</p> : undefined}
      <ul className="model-limits numeric">
        {health.limits.map((limit) => {
          const name = text.models.limit(limit.source, limit.of);
          const left = text.models.limitLeft(formatCount(limit.remaining), formatCount(limit.limit));
          const used = limit.limit > 0 ? 1 - limit.remaining / limit.limit : 1;
          return (
            <li key={`${limit.source} ${limit.of}`}>
              <span>{name}</span>
              <span className="end">
                {left}
                {typeof limit.reset_ms === "number" && limit.remaining < limit.limit
                  ? `, ${text.models.limitReset(formatWait(limit.reset_ms / 1_000))}`
                  : ""}
              </span>
              <Meter
                label={name}
                valueText={left}
                value={used}
                size="small"
                tone={used >= 1 ? "full" : used >= 0.8 ? "high" : "fine"}
              />
            </li>
          );
        })}
      </ul>
    </PanelSection>
  );
}
