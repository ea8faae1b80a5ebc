/** What somebody should know, who was told, and the button that says that it has been seen. */
import { useQuery } from "@tanstack/react-query";
import { BellRing, Check, CheckCheck } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { formatFull, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Alert } from "@/lib/types";
import { Button } from "@/ui/button";
import { Badge, Empty, Failure, Skeleton, type Tone } from "@/ui/feedback";
import { alertsQuery, useAcknowledge, useAcknowledgeAll } from "../api";
import { AlertSettingsDialog } from "./alert-settings";

const TONES: Partial<Record<string, Tone>> = { info: "accent", warning: "warn", critical: "danger" };
/** Those that were seen are worth a few lines. */
const SEEN_SHOWN = 5;

export function AlertList() {
  const { data, error, refetch } = useQuery(alertsQuery);
  const [settings, setSettings] = useState(false);
  const all = useAcknowledgeAll();
  const unseen = data?.alerts.filter((alert) => !alert.acknowledged_at) ?? [];
  const seen = data?.alerts.filter((alert) => alert.acknowledged_at).slice(0, SEEN_SHOWN) ?? [];
  return (
    <section className="card money-alerts" aria-labelledby="alerts-title">
      <div className="chart-head">
        <h2 id="alerts-title">{text.money.alerts}</h2>
        {data && data.unseen > 0 ? <Badge tone="warn">{text.money.unseen(data.unseen)}</Badge> : undefined}
        <Button icon={BellRing} tone="quiet" onClick={() => setSettings(true)}>
          {text.money.alertSettings}
        </Button>
      </div>
      {error && !data ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={4} label={text.common.loading} /> : undefined}
      {data?.alerts.length === 0 ? <Empty title={text.money.noAlerts}>{text.money.noAlertsHint}</Empty> : undefined}
      {unseen.length > 0 || seen.length > 0 ? (
        <ul className="alerts">
          {[...unseen, ...seen].map((alert) => (
            <AlertRow key={alert.id} alert={alert} />
          ))}
        </ul>
      ) : undefined}
      {data && data.unseen > 1 ? (
        <p>
          <Button icon={CheckCheck} busy={all.isPending} onClick={() => all.mutate()}>
            {text.money.acknowledgeAll}
          </Button>
        </p>
      ) : undefined}
      {settings ? <AlertSettingsDialog onClose={() => setSettings(false)} /> : undefined}
    </section>
  );
}

function AlertRow({ alert }: { alert: Alert }) {
  const acknowledge = useAcknowledge();
  const remarks = [
    formatWhen(alert.last_at),
    alert.occurrences > 1 ? text.money.times(alert.occurrences) : undefined,
    alert.resolved_at ? text.money.over(formatWhen(alert.resolved_at)) : undefined,
    ...alert.deliveries.map((delivery) =>
      delivery.state === "failed"
        ? text.money.delivery.failed(delivery.webhook, delivery.error ?? "")
        : text.money.delivery[delivery.state === "delivered" ? "delivered" : "waiting"](delivery.webhook),
    ),
  ];
  return (
    <li className="alert" data-seen={alert.acknowledged_at ? true : undefined} data-kind={alert.kind}>
      <div className="alert-head">
        <Badge tone={TONES[alert.severity] ?? "neutral"}>
          {text.money.severities[alert.severity as keyof typeof text.money.severities] ?? alert.severity}
        </Badge>
        <strong>{alert.title}</strong>
        {alert.acknowledged_at ? undefined : (
          <Button
            icon={Check}
            className="alert-seen"
            busy={acknowledge.isPending}
            aria-label={text.money.acknowledgeOne(alert.title)}
            onClick={() => acknowledge.mutate(alert.id)}
          >
            {text.money.acknowledge}
          </Button>
        )}
      </div>
      <p>{alert.message}</p>
      <p className="field-hint" title={formatFull(alert.last_at)}>
        {remarks.filter(Boolean).join(" · ")}
      </p>
    </li>
  );
}
