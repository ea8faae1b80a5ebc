/** A provider over its models: where the list comes from, how it is doing, what is expected of it, and pulling. */
import { Check, Download, Target, X } from "lucide-react";
import { useState } from "react";
import { formatDuration, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { ModelSource, Provider, ProviderHealth, Sla } from "@/lib/types";
import { Button } from "@/ui/button";
import { Badge } from "@/ui/feedback";
import { STATE_TONES } from "../facts";
import { PullForm } from "./pull-form";
import { SlaForm } from "./sla-form";
import { SourceNote } from "./source-note";

export interface ProviderHeadProps {
  name: string;
  health: ProviderHealth | undefined;
  source: ModelSource | undefined;
  provider: Provider | undefined;
}

export function ProviderHead({ name, health, source, provider }: ProviderHeadProps) {
  const [open, setOpen] = useState<"sla" | "pull">();
  const toggle = (part: "sla" | "pull") => setOpen(open === part ? undefined : part);
  return (
    <>
      <div className="provider-head">
        <h2>{name}</h2>
        {health ? (
          <Badge tone={STATE_TONES[health.state] ?? "neutral"}>{text.models.health(health.state)}</Badge>
        ) : undefined}
        {typeof health?.uptime_percent === "number" ? (
          <span className="field-hint numeric">
            {text.models.uptime}: {text.models.percent(health.uptime_percent)}
          </span>
        ) : undefined}
        {health?.sla ? <Expectation sla={health.sla} met={health.sla_met ?? undefined} /> : undefined}
        <span className="provider-commands">
          {health ? (
            <Button
              icon={Target}
              tone="quiet"
              aria-expanded={open === "sla"}
              aria-label={text.models.slaEdit(name)}
              onClick={() => toggle("sla")}
            >
              {text.models.slaEditShort}
            </Button>
          ) : undefined}
          {provider?.dialect === "ollama" ? (
            <Button icon={Download} tone="quiet" aria-expanded={open === "pull"} onClick={() => toggle("pull")}>
              {text.models.pull}
            </Button>
          ) : undefined}
        </span>
      </div>
      {open === "sla" ? (
        <SlaForm provider={name} sla={health?.sla ?? undefined} onClose={() => setOpen(undefined)} />
      ) : undefined}
      {open === "pull" ? <PullForm provider={name} onClose={() => setOpen(undefined)} /> : undefined}
      <SourceNote source={source} />
      {health?.check ? (
        <p className="field-hint">{text.models.check(formatWhen(health.check.at), health.check.error ?? undefined)}</p>
      ) : undefined}
    </>
  );
}

function Expectation({ sla, met }: { sla: Sla; met: boolean | undefined }) {
  const parts = [
    typeof sla.uptime_percent === "number" ? text.models.slaUptime(sla.uptime_percent) : undefined,
    typeof sla.p95_ms === "number" ? text.models.slaP95(formatDuration(sla.p95_ms)) : undefined,
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  const Icon = met === false ? X : Check;
  return (
    <span className="provider-sla" data-met={met}>
      <Badge tone={met === undefined ? "neutral" : met ? "good" : "danger"}>
        {met === undefined ? undefined : <Icon size={13} aria-hidden />}
        {met === undefined ? text.models.slaOpen : met ? text.models.slaMet : text.models.slaBroken}
      </Badge>
      <span className="field-hint">
        {text.models.sla}: {parts.join(", ")}
      </span>
    </span>
  );
}
