/** A message of a shared conversation, set as in the conversation itself and without anything that could be done with it. */
import { memo, useCallback, useMemo, useRef } from "react";
import { formatCount, formatFull, formatMoney, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Citation, SharedMessage as Message, SharedSource } from "@/lib/types";
import { Eye } from "@/ui/eye";
import { Badge } from "@/ui/feedback";
import { ImageStrip } from "@/ui/image-strip";
import { Markdown } from "@/ui/markdown/markdown";

export const SharedMessage = memo(function SharedMessage({ message }: { message: Message }) {
  return (
    <div className="thread-row">
      {message.role === "user" ? <Asked message={message} /> : <Answered message={message} />}
    </div>
  );
});

function When({ message }: { message: Message }) {
  return (
    <time className="message-time numeric" dateTime={message.created_at} title={formatFull(message.created_at)}>
      {formatWhen(message.created_at)}
    </time>
  );
}

function Asked({ message }: { message: Message }) {
  return (
    <article className="turn turn-user" aria-label={text.shares.asked}>
      {message.images && message.images.length > 0 ? <ImageStrip images={message.images} /> : undefined}
      <div className="said-line">
        <When message={message} />
        {message.text ? (
          <div className="said" dir="auto">
            {message.text}
          </div>
        ) : undefined}
      </div>
    </article>
  );
}

function Answered({ message }: { message: Message }) {
  const sources = message.sources ?? [];
  const place = useRef<HTMLElement>(null);
  const citations = useMemo(() => (message.sources ?? []).map(asCitation), [message.sources]);
  const show = useCallback((citation: Citation) => {
    const source = place.current?.querySelector<HTMLElement>(`[data-source="${citation.index}"]`);
    source?.closest("details")?.setAttribute("open", "");
    source?.scrollIntoView({ block: "nearest" });
    source?.focus({ preventScroll: true });
  }, []);
  const name = message.name ?? message.model ?? text.chat.assistant;
  return (
    <article ref={place} className="turn turn-answer" aria-label={text.chat.answerBy(name)}>
      <header className="answer-head">
        <Eye size={20} />
        <bdi className="answer-name">{name}</bdi>
        {message.language_model || message.name ? undefined : (
          <Badge tone="accent">{text.chat.withoutLanguageModel}</Badge>
        )}
        <When message={message} />
      </header>
      {message.reasoning ? (
        <details className="reasoning">
          <summary>{text.chat.reasoning}</summary>
          <div className="reasoning-text" dir="auto">
            {message.reasoning}
          </div>
        </details>
      ) : undefined}
      <Markdown source={message.text} streaming={false} citations={citations} onCitation={show} />
      {message.whole ? undefined : <p className="ending">{text.shares.notWhole}</p>}
      {sources.length > 0 ? <Sources sources={sources} /> : undefined}
      {message.cost ? <Cost cost={message.cost} /> : undefined}
    </article>
  );
}

function Sources({ sources }: { sources: readonly SharedSource[] }) {
  return (
    <details className="sources">
      <summary>{text.chat.sources(sources.length)}</summary>
      <ol className="source-list">
        {sources.map((source) => (
          <li key={source.index} className="source" data-source={source.index} tabIndex={-1}>
            <span className="source-number">{source.index}</span>
            <span className="source-text">
              <span className="source-title">
                {source.title}
                {source.page ? `, ${text.library.page(source.page)}` : ""}
              </span>
              <span className="source-quote">{source.quote}</span>
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Cost({ cost }: { cost: NonNullable<Message["cost"]> }) {
  return (
    <p className="field-hint numeric shared-cost">
      {text.chat.tokens} {text.chat.tokensInOut(formatCount(cost.input_tokens), formatCount(cost.output_tokens))}
      {" · "}
      {cost.cost_usd ? formatMoney(cost.cost_usd) : text.chat.priceUnknown}
    </p>
  );
}

/** A source in the shape that Markdown marks in the text; where its passage lies, readers are not told. */
function asCitation(source: SharedSource): Citation {
  return { ...source, chunk_id: "", document_id: "" };
}
