/** Who is told of what: thresholds, kinds, quiet, notifications of this computer, and webhooks. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { formatFull } from "@/lib/format";
import { text } from "@/lib/i18n";
import { setNotifications, useNotifications } from "@/lib/notifications";
import type { AlertSettings } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Switch } from "@/ui/field";
import { Failure, Skeleton } from "@/ui/feedback";
import { PanelSection } from "@/ui/panel-section";
import { alertSettingsQuery, useChangeAlertSettings } from "../api";
import { Webhooks } from "./webhooks";

const THRESHOLDS = [80, 90, 95] as const;
const KINDS = Object.keys(text.money.kindNames) as (keyof typeof text.money.kindNames)[];
const QUIET_HOURS = [1, 8, 72] as const;

export function AlertSettingsDialog({ onClose }: { onClose: () => void }) {
  const { data, error, refetch } = useQuery(alertSettingsQuery);
  return (
    <Dialog open onClose={onClose} title={text.money.alertSettings} closeLabel={text.common.close} side="end">
      {error && !data ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={8} label={text.common.loading} /> : undefined}
      {data ? (
        <div className="form">
          <Choices settings={data} />
          <Notifications />
          <Webhooks webhooks={data.webhooks} />
        </div>
      ) : undefined}
    </Dialog>
  );
}

function Choices({ settings }: { settings: AlertSettings }) {
  const { mutate: change, error } = useChangeAlertSettings();
  const toggled = <T,>(list: readonly T[], item: T, on: boolean) =>
    on ? [...list, item] : list.filter((one) => one !== item);
  const quiet = settings.quiet_until;
  return (
    <>
      {error ? <Failure failure={describeError(error)} /> : undefined}
      <PanelSection title={text.money.thresholds}>
        {THRESHOLDS.map((percent) => (
          <Switch
            key={percent}
            label={text.money.percent(percent)}
            checked={settings.thresholds.includes(percent)}
            onChange={(on) => change((now) => ({ thresholds: toggled(now.thresholds, percent, on) }))}
          />
        ))}
      </PanelSection>
      <PanelSection title={text.money.kinds}>
        {KINDS.map((kind) => (
          <Switch
            key={kind}
            label={text.money.kindNames[kind]}
            checked={!settings.muted.includes(kind)}
            onChange={(on) => change((now) => ({ muted: toggled(now.muted, kind, !on) }))}
          />
        ))}
      </PanelSection>
      <PanelSection title={text.money.quiet}>
        <p className="field-hint">{quiet ? text.money.quietUntil(formatFull(quiet)) : text.money.quietHint}</p>
        <div className="money-row">
          {quiet ? (
            <Button onClick={() => change(() => ({ quiet_until: null }))}>{text.money.quietFor.off}</Button>
          ) : (
            QUIET_HOURS.map((hours) => (
              <Button
                key={hours}
                onClick={() => {
                  const quiet_until = new Date(Date.now() + hours * 3_600_000).toISOString();
                  change(() => ({ quiet_until }));
                }}
              >
                {text.money.quietFor[hours]}
              </Button>
            ))
          )}
        </div>
      </PanelSection>
    </>
  );
}

function Notifications() {
  const state = useNotifications();
  const [busy, setBusy] = useState(false);
  const set = (on: boolean) => {
    setBusy(true);
    void setNotifications(on).finally(() => setBusy(false));
  };
  return (
    <PanelSection title={text.money.notifications}>
      <p className="field-hint" role="status">
        {text.money.notificationStates[state]}
      </p>
      {state === "off" || state === "on" ? (
        <p>
          <Button busy={busy} onClick={() => set(state === "off")}>
            {state === "off" ? text.money.notificationsOn : text.money.notificationsOff}
          </Button>
        </p>
      ) : undefined}
    </PanelSection>
  );
}
