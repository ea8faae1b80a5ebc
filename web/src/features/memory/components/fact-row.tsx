/** A fact: what, since when, from where, and what can be done about it. */
import { Link } from "@tanstack/react-router";
import { Eraser, MessageSquareText, PencilLine, Strikethrough, Undo2 } from "lucide-react";
import { useForgetFact, useRestoreFact, useStrikeFact } from "@/lib/api/memory";
import { formatFull } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Fact } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Badge } from "@/ui/feedback";
import { classNames } from "@/ui/class-names";
import { showToast } from "@/ui/toast";

/** The day of a moment. */
export const day = (moment: string): string => moment.slice(0, 10);

export function FactRow({ fact, onOpen }: { fact: Fact; onOpen: () => void }) {
  const strike = useStrikeFact();
  const forget = useForgetFact();
  const restore = useRestoreFact();
  const struck = fact.standing === "struck";
  const over = fact.standing === "superseded";
  // The row is gone by the time that it is told.
  const forgetIt = async () => {
    await forget.mutateAsync(fact.id);
    showToast({
      text: text.memory.forgotten(fact.text),
      action: { label: text.common.undo, run: () => restore.mutate(fact.id) },
    });
  };
  return (
    <li className={classNames("fact", (struck || over) && "fact-over")}>
      <div className="fact-body">
        <p className="fact-text as-named" dir="auto">
          {struck ? <s>{fact.text}</s> : fact.text}
        </p>
        <p className="fact-facts numeric">
          <Badge>{text.memory.kindName(fact.kind)}</Badge>
          {fact.standing === "current" ? undefined : (
            <Badge tone="warn">{text.memory.standingName(fact.standing)}</Badge>
          )}
          {fact.true_from ? <span>{text.memory.since(day(fact.true_from))}</span> : undefined}
          {fact.true_until ? <span>{text.memory.until(day(fact.true_until))}</span> : undefined}
          <span>{text.memory.said(formatFull(fact.said_at))}</span>
          <span>{text.memory.origin(fact.origin)}</span>
          <span>{text.memory.sure(Math.round(fact.confidence * 100))}</span>
        </p>
      </div>
      <div className="fact-actions">
        {fact.conversation_id ? (
          <Link
            to="/c/$conversationId"
            params={{ conversationId: fact.conversation_id }}
            search={{ message: fact.message_id ?? undefined }}
            className="icon-button icon-button-small"
            aria-label={`${text.memory.openConversation}: ${fact.text}`}
            title={text.memory.openConversation}
          >
            <MessageSquareText size={16} aria-hidden />
          </Link>
        ) : undefined}
        <IconButton icon={PencilLine} size="small" label={text.memory.details(fact.text)} onClick={onOpen} />
        {over ? undefined : (
          <IconButton
            icon={struck ? Undo2 : Strikethrough}
            size="small"
            label={struck ? text.memory.unstrikeFact(fact.text) : text.memory.strikeFact(fact.text)}
            onClick={() => strike.mutate({ id: fact.id, struck: !struck })}
          />
        )}
        <IconButton
          icon={Eraser}
          size="small"
          label={text.memory.forgetFact(fact.text)}
          onClick={() => void forgetIt()}
        />
      </div>
    </li>
  );
}
