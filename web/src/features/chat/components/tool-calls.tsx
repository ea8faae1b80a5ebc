/** What a model had done while it answered: folded calls with arguments and result, and the question before a change. */
import { Check, CheckCheck, X } from "lucide-react";
import { text } from "@/lib/i18n";
import type { Message, ToolDecision, ToolUse } from "@/lib/types";
import { Button } from "@/ui/button";
import { useDecideTool } from "../api";
import { readable } from "../tool-words";
import "../tools.css";

export function ToolCalls({ message }: { message: Message }) {
  const uses = message.tool_uses ?? [];
  if (uses.length === 0) return undefined;
  const waiting = uses.filter((used) => used.state === "waiting");
  return (
    <section className="tool-calls" aria-label={text.tools.calls(uses.length)}>
      <ul>
        {uses.map((used) => (
          <li key={used.id}>
            <Call used={used} />
          </li>
        ))}
      </ul>
      {/* Told at once to those who do not see it: the answer does not go on before it is decided. */}
      <div role="status" className="visually-hidden">
        {waiting.map((used) => (
          <p key={used.id}>{text.tools.asksFor(used.name)}</p>
        ))}
      </div>
      {waiting.map((used) => (
        <Question key={used.id} message={message} used={used} />
      ))}
    </section>
  );
}

function Call({ used }: { used: ToolUse }) {
  return (
    <details className="tool-call" data-state={used.state}>
      <summary>
        <code>{used.name}</code> <span className="tool-state">{text.tools[used.state]}</span>
      </summary>
      <dl>
        <dt>{text.tools.arguments}</dt>
        <dd>
          <Written name={text.tools.arguments} words={readable(used.arguments)} />
        </dd>
        {used.result ? (
          <>
            <dt>{text.tools.result}</dt>
            <dd>
              <Written name={text.tools.result} words={used.result} />
            </dd>
          </>
        ) : undefined}
      </dl>
    </details>
  );
}

function Question({ message, used }: { message: Message; used: ToolUse }) {
  const decide = useDecideTool(message.conversation_id);
  const answer = (decision: ToolDecision) => decide.mutate({ messageId: message.id, useId: used.id, decision });
  return (
    <div className="tool-question" role="group" aria-label={text.tools.asksFor(used.name)}>
      <p>{text.tools.asksFor(used.name)}</p>
      {used.about ? <blockquote className="tool-about">{used.about}</blockquote> : undefined}
      <Written name={text.tools.arguments} words={readable(used.arguments)} />
      <div className="tool-answers">
        <Button tone="primary" icon={Check} disabled={decide.isPending} onClick={() => answer("allow")}>
          {text.tools.allow}
        </Button>
        <Button icon={CheckCheck} disabled={decide.isPending} onClick={() => answer("allow_always")}>
          {text.tools.allowAlways}
        </Button>
        <Button icon={X} disabled={decide.isPending} onClick={() => answer("decline")}>
          {text.tools.decline}
        </Button>
      </div>
    </div>
  );
}

/** A block that can be scrolled with the keys. */
function Written({ name, words }: { name: string; words: string }) {
  if (words.trim() === "") return <p className="field-hint">{text.tools.nothingGiven}</p>;
  return (
    <pre tabIndex={0} role="region" aria-label={name}>
      {words}
    </pre>
  );
}
