/** An answer: who wrote it, what it says, what it rests on, what it took, and how it ended. */
import { Copy, RefreshCw, Replace } from "lucide-react";
import { memo, useCallback, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { modelLabel, modelsQuery } from "@/lib/api/models";
import { text } from "@/lib/i18n";
import type { Citation, Message } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Eye } from "@/ui/eye";
import { Badge, Notice } from "@/ui/feedback";
import { PickList } from "@/ui/pick-list";
import { Popover } from "@/ui/popover";
import { AnswerOpinion, WhichWasBetter, type Version } from "./answer-opinion";
import { Markdown } from "./markdown";
import { MessageMeta } from "./message-meta";
import { MessageSources } from "./message-sources";
import { modelItems } from "./model-picker";
import { Siblings } from "./siblings";
import { copyWithToast } from "./user-message";

export interface AnswerProps {
  message: Message;
  siblings: readonly string[];
  /** The version beside this one that another model wrote, and its number; for votes. */
  rival: Version | undefined;
  /** What was asked. */
  question: string | undefined;
  busy: boolean;
  onRegenerate: (messageId: string, model?: string) => void;
  onCitation: (citation: Citation) => void;
  onShow: (id: string) => void;
}

export const Answer = memo(function Answer({
  message,
  siblings,
  rival,
  question,
  busy,
  onRegenerate,
  onCitation,
  onShow,
}: AnswerProps) {
  const { data: models } = useQuery(modelsQuery);
  const streaming = message.status === "streaming";
  const greeting = message.persona?.greeting === true;
  const name =
    message.persona?.name ?? (modelLabel(models, message.receipt?.model ?? message.model) || text.chat.assistant);
  const retry = useCallback(() => onRegenerate(message.id), [message.id, onRegenerate]);
  const citations = message.citations ?? [];
  return (
    <article className="turn turn-answer" aria-label={text.chat.answerBy(name)} aria-busy={streaming}>
      <header className="answer-head">
        <Eye size={20} watching={streaming} />
        <span className="answer-name">{name}</span>
        {message.language_model || greeting || message.persona ? undefined : (
          <Badge tone="accent">{text.chat.withoutLanguageModel}</Badge>
        )}
      </header>
      {message.reasoning ? <Reasoning message={message} /> : undefined}
      {streaming && message.text === "" && !message.reasoning ? (
        <p className="waiting">{text.chat.thinking}</p>
      ) : undefined}
      <Markdown
        source={message.text}
        streaming={streaming}
        citations={message.citations}
        unsupported={message.unsupported}
        onCitation={onCitation}
      />
      {message.unsupported && message.unsupported.length > 0 ? (
        <p className="unsupported-note">{text.chat.unsupported(message.unsupported.length)}</p>
      ) : undefined}
      <Ending message={message} busy={busy} onRetry={retry} />
      {citations.length > 0 && !streaming ? <MessageSources citations={citations} onOpen={onCitation} /> : undefined}
      {message.lore && message.lore.length > 0 ? (
        <details className="sources">
          <summary>{text.personas.loreUsed(message.lore.length)}</summary>
          <ul className="lore-used">
            {message.lore.map((entry) => (
              <li key={`${entry.label} ${entry.why}`}>
                <strong>{entry.label}</strong>: {entry.why}
              </li>
            ))}
          </ul>
        </details>
      ) : undefined}
      {(message.prompt_notes ?? []).map((note) => (
        <p key={note} className="unsupported-note">
          {note}
        </p>
      ))}
      {streaming ? undefined : (
        <footer className="answer-foot">
          <div className="turn-actions">
            <Siblings ids={siblings} current={message.id} onShow={onShow} />
            <IconButton
              icon={Copy}
              label={text.chat.copyAnswer}
              size="small"
              onClick={() => void copyWithToast(message.text)}
            />
            {greeting ? undefined : (
              <>
                <IconButton
                  icon={RefreshCw}
                  label={text.chat.regenerate}
                  size="small"
                  disabled={busy}
                  onClick={retry}
                />
                <OtherModel
                  busy={busy}
                  current={message.model ?? undefined}
                  onPick={(model) => onRegenerate(message.id, model)}
                />
              </>
            )}
            {message.receipt && message.language_model ? (
              <AnswerOpinion exchangeId={message.receipt.exchange_id} question={question} />
            ) : undefined}
            {rival ? (
              <WhichWasBetter
                current={{ message, number: siblings.indexOf(message.id) + 1 }}
                rival={rival}
                question={question}
              />
            ) : undefined}
          </div>
          {message.receipt ? (
            <MessageMeta receipt={message.receipt} languageModel={message.language_model} />
          ) : undefined}
        </footer>
      )}
    </article>
  );
});

function Reasoning({ message }: { message: Message }) {
  return (
    <details className="reasoning">
      <summary>
        {message.status === "streaming" && message.text === "" ? text.chat.reasoningNow : text.chat.reasoning}
      </summary>
      <div className="reasoning-text">{message.reasoning}</div>
    </details>
  );
}

/** How an answer ended, where it did not end well. */
function Ending({ message, busy, onRetry }: { message: Message; busy: boolean; onRetry: () => void }) {
  const retry = (
    <Button icon={RefreshCw} disabled={busy} onClick={onRetry}>
      {text.chat.tryAgain}
    </Button>
  );
  switch (message.status) {
    case "complete":
    case "streaming":
      return undefined;
    case "stopped":
      return <p className="ending">{text.chat.stopped}</p>;
    case "interrupted":
      return <Notice tone="warn" title={text.chat.interrupted} hint={text.chat.interruptedHint} actions={retry} />;
    case "failed":
      return (
        <Notice
          tone="danger"
          live
          title={message.error?.message ?? text.chat.failed}
          hint={message.error?.hint ?? undefined}
          detail={message.error ? text.chat.errorCode(message.error.code) : undefined}
          actions={retry}
        />
      );
  }
}

function OtherModel({
  busy,
  current,
  onPick,
}: {
  busy: boolean;
  current: string | undefined;
  onPick: (model: string) => void;
}) {
  const { data: models } = useQuery(modelsQuery);
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label={text.chat.regenerateWith}
      open={open}
      onOpenChange={setOpen}
      className="picker-popover"
      trigger={<IconButton icon={Replace} label={text.chat.regenerateWith} size="small" disabled={busy} />}
    >
      <PickList
        label={text.chat.regenerateWith}
        placeholder={text.chat.searchModels}
        emptyText={text.chat.noSuchModel}
        items={modelItems(models, current)}
        onPick={(model) => {
          setOpen(false);
          onPick(model);
        }}
      />
    </Popover>
  );
}
