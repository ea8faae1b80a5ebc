/** What an answer took: model, times, tokens, cost, and on demand why this model. */
import { Info } from "lucide-react";
import { formatCount, formatDuration, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Receipt, SentParameters } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Popover } from "@/ui/popover";
import { sentRows } from "../parameter-words";
import "../parameters.css";

export interface MessageMetaProps {
  receipt: Receipt;
  languageModel: boolean;
  /** The settings that went with the request. */
  sent: SentParameters | undefined;
}

export function MessageMeta({ receipt, languageModel, sent }: MessageMetaProps) {
  const facts: [string, string][] = [];
  if (typeof receipt.first_token_ms === "number")
    facts.push([text.chat.firstToken, formatDuration(receipt.first_token_ms)]);
  facts.push([text.chat.totalTime, formatDuration(receipt.total_ms)]);
  if (languageModel) {
    facts.push([
      text.chat.tokens,
      text.chat.tokensInOut(formatCount(receipt.input_tokens), formatCount(receipt.output_tokens)),
    ]);
    facts.push([
      text.chat.cost,
      receipt.cost_usd ? `${receipt.estimated ? "≈ " : ""}${formatMoney(receipt.cost_usd)}` : text.chat.priceUnknown,
    ]);
  }
  return (
    <div className="meta">
      <dl className="meta-facts numeric">
        {facts.map(([name, value]) => (
          <div key={name} className="meta-fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Popover
        label={text.chat.details}
        align="end"
        side="top"
        className="receipt-popover"
        trigger={<IconButton icon={Info} label={text.chat.details} size="small" />}
      >
        <ReceiptDetails receipt={receipt} />
        {sent ? <Sent sent={sent} /> : undefined}
      </Popover>
    </div>
  );
}

function ReceiptDetails({ receipt }: { receipt: Receipt }) {
  const rows: [string, string][] = [
    [text.chat.model, receipt.model],
    [text.chat.route, receipt.route],
    [text.chat.tokensRead, formatCount(receipt.input_tokens)],
    [text.chat.tokensCached, formatCount(receipt.cached_input_tokens)],
    [text.chat.tokensWritten, formatCount(receipt.output_tokens)],
    [text.chat.cost, receipt.cost_usd ? `$${receipt.cost_usd}` : text.chat.priceUnknown],
    [text.chat.exchange, receipt.exchange_id],
  ];
  return (
    <>
      <dl className="receipt">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {receipt.estimated ? <p className="field-hint">{text.chat.estimated}</p> : undefined}
      {receipt.cached ? <p className="field-hint">{text.chat.fromCache}</p> : undefined}
    </>
  );
}

function Sent({ sent }: { sent: SentParameters }) {
  return (
    <section aria-label={text.parameters.sent}>
      <p className="receipt-title">{text.parameters.sent}</p>
      <dl className="receipt">
        {sentRows(sent).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
