/** An answer: who wrote it, what it says, what it rests on, what it took, and how it ended. */
import { RefreshCw } from "lucide-react";
import { memo, useCallback } from "react";
import { useQuery } from "@tanstack/react-query";
import { modelLabel, modelsQuery } from "@/lib/api/models";
import { text } from "@/lib/i18n";
import { countRender } from "@/lib/renders";
import type { Message } from "@/lib/types";
import { Button } from "@/ui/button";
import { Eye } from "@/ui/eye";
import { Badge, Notice } from "@/ui/feedback";
import { classNames } from "@/ui/class-names";
import { useThreadActions } from "../thread-actions";
import { isLong, useCollapsed } from "../use-collapsed";
import { AnswerEvidence } from "./answer-evidence";
import { AnswerFoot } from "./answer-foot";
import { Markdown } from "@/ui/markdown/markdown";
import { MessageEditor } from "./message-editor";
import type { ShownMessageProps } from "./message-row";
import { MessageTime } from "./message-time";
import { ToolCalls } from "./tool-calls";

export const Answer = memo(function Answer({
  message,
  versions,
  rival,
  question,
  busy,
  editing,
  onEditing,
}: ShownMessageProps) {
  const { data: models } = useQuery(modelsQuery);
  const { regenerate, openCitation } = useThreadActions();
  const streaming = message.status === "streaming";
  const greeting = message.persona?.greeting === true;
  const name =
    message.persona?.name ?? (modelLabel(models, message.receipt?.model ?? message.model) || text.chat.assistant);
  const retry = useCallback(() => regenerate(message.id), [message.id, regenerate]);
  const long = !streaming && isLong(message.text);
  const [collapsed, toggle] = useCollapsed(message.id, false);
  countRender("answer");
  if (editing) return <MessageEditor message={message} busy={busy} onDone={() => onEditing(false)} />;
  return (
    <article
      className="turn turn-answer"
      aria-label={text.chat.answerBy(name)}
      aria-busy={streaming}
      tabIndex={-1}
      data-message={message.id}
    >
      <header className="answer-head">
        <Eye size={20} watching={streaming} />
        <bdi className="answer-name">{name}</bdi>
        {message.language_model || greeting || message.persona ? undefined : (
          <Badge tone="accent">{text.chat.withoutLanguageModel}</Badge>
        )}
        <MessageTime message={message} />
      </header>
      {message.reasoning ? <Reasoning message={message} /> : undefined}
      <ToolCalls message={message} />
      {streaming && message.text === "" && !message.reasoning && !message.tool_uses?.length ? (
        <p className="waiting">{text.chat.thinking}</p>
      ) : undefined}
      <div className={classNames(long && collapsed && "folded")}>
        <Markdown
          source={message.text}
          streaming={streaming}
          citations={message.citations}
          doubts={message.checked?.doubts}
          onCitation={openCitation}
        />
      </div>
      {long && collapsed ? (
        <Button tone="quiet" className="fold-button" onClick={toggle}>
          {text.chat.showAll}
        </Button>
      ) : undefined}
      <Ending message={message} busy={busy} onRetry={retry} />
      <AnswerEvidence message={message} />
      {streaming ? undefined : (
        <AnswerFoot
          message={message}
          versions={versions}
          rival={rival}
          question={question}
          busy={busy}
          onEdit={() => onEditing(true)}
          collapsing={long ? { collapsed, toggle } : undefined}
        />
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
      <div className="reasoning-text" dir="auto">
        {message.reasoning}
      </div>
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
