/** One exchange: why it went where it went, where the time went, what it took, and its words if they were kept. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp } from "lucide-react";
import { describeError } from "@/lib/client";
import { formatDuration, formatFull, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { ExchangeDetail } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Explanation } from "@/ui/explanation";
import { Facts } from "@/ui/facts";
import { Badge, Failure, Notice, Skeleton } from "@/ui/feedback";
import { PanelSection } from "@/ui/panel-section";
import { exchangeQuery } from "../api";
import { OUTCOME_TONES } from "../outcome";
import { Bodies } from "./bodies";
import { ExchangeOpinion } from "./exchange-opinion";

import { TokenTable } from "./token-table";
import { Waterfall } from "./waterfall";

export interface ExchangeDialogProps {
  id: string;
  newer: string | undefined;
  older: string | undefined;
  onOpen: (id: string) => void;
  onClose: () => void;
  onKeeping: () => void;
}

export function ExchangeDialog({ id, newer, older, onOpen, onClose, onKeeping }: ExchangeDialogProps) {
  const { data, error, isPending, refetch } = useQuery(exchangeQuery(id));
  const gone = error && describeError(error);
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.exchanges.detail}
      closeLabel={text.common.close}
      side="end"
      className="dialog-wide exchange-dialog"
    >
      <div className="exchange-steps">
        <IconButton
          icon={ArrowUp}
          size="small"
          label={text.exchanges.previous}
          disabled={newer === undefined}
          onClick={() => newer && onOpen(newer)}
        />
        <IconButton
          icon={ArrowDown}
          size="small"
          label={text.exchanges.next}
          disabled={older === undefined}
          onClick={() => older && onOpen(older)}
        />
        <code className="exchange-id">{id}</code>
      </div>
      {isPending ? <Skeleton lines={12} label={text.common.loading} /> : undefined}
      {gone ? (
        <Failure
          failure={{ message: gone.message, hint: gone.hint ?? text.exchanges.missingHint }}
          retryLabel={text.common.retry}
          onRetry={() => void refetch()}
        />
      ) : undefined}
      {data ? <Detail detail={data} onKeeping={onKeeping} /> : undefined}
    </Dialog>
  );
}

function Detail({ detail, onKeeping }: { detail: ExchangeDetail; onKeeping: () => void }) {
  const { exchange } = detail;
  const facts: [string, string][] = [
    [text.exchanges.when, formatFull(exchange.at)],
    [text.exchanges.asked, exchange.requested],
    [text.exchanges.answered, exchange.model ?? "–"],
    [text.exchanges.key, exchange.key ?? text.exchanges.workbench],
    [text.exchanges.time, formatDuration(exchange.total_ms)],
    [text.exchanges.cost, `${exchange.estimated && exchange.cost_usd ? "≈ " : ""}${formatMoney(exchange.cost_usd)}`],
    [
      text.exchanges.formats,
      text.exchanges.formatsFromTo(
        detail.caller_format ?? text.exchanges.inside,
        detail.upstream_format ?? text.exchanges.here,
      ),
    ],
  ];
  return (
    <>
      <div className="exchange-badges">
        <Badge tone={OUTCOME_TONES[exchange.outcome] ?? "neutral"}>
          {text.exchanges.outcomeName(exchange.outcome, exchange.error ?? undefined)}
        </Badge>
        <Badge>{text.exchanges.operationName(exchange.operation)}</Badge>
        {exchange.streamed ? <Badge>{text.exchanges.streamed}</Badge> : undefined}
        {exchange.cached ? <Badge>{text.exchanges.cached}</Badge> : undefined}
      </div>
      {detail.error_message ? <Notice tone="danger" title={detail.error_message} /> : undefined}
      <Facts facts={facts} />
      <PanelSection title={text.exchanges.why}>
        <Explanation explained={detail.explanation} past words={text.routing} />
      </PanelSection>
      {exchange.model && exchange.operation === "chat" ? (
        <PanelSection title={text.experiments.thumbs}>
          <ExchangeOpinion id={exchange.id} />
        </PanelSection>
      ) : undefined}
      <PanelSection title={text.exchanges.timings}>
        <Waterfall timings={detail.timings} attempts={detail.attempts} />
      </PanelSection>
      <PanelSection title={text.exchanges.tokenClasses}>
        <TokenTable usage={detail.usage} cost={detail.cost} />
      </PanelSection>
      {detail.dropped.length > 0 ? (
        <PanelSection title={text.exchanges.dropped}>
          <p className="field-hint">{text.exchanges.droppedHint}</p>
          <ul className="chips">
            {detail.dropped.map((field) => (
              <li key={field}>
                <Badge tone="warn">{field}</Badge>
              </li>
            ))}
          </ul>
        </PanelSection>
      ) : undefined}
      {exchange.tags.length > 0 ? (
        <PanelSection title={text.exchanges.tags}>
          <ul className="chips">
            {exchange.tags.map((tag) => (
              <li key={tag}>
                <Link to="/exchanges" search={{ tag }} className="badge badge-accent tag-link">
                  {tag}
                </Link>
              </li>
            ))}
          </ul>
        </PanelSection>
      ) : undefined}
      <PanelSection title={text.exchanges.bodies}>
        <Bodies kept={detail.kept ?? undefined} onKeeping={onKeeping} />
      </PanelSection>
    </>
  );
}
