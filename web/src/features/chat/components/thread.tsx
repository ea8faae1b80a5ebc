/** The messages of the branch that is shown; only those near the screen exist in the page. */
import { ArrowDown } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { Virtualizer } from "virtua";
import { text } from "@/lib/i18n";
import type { Citation, Message } from "@/lib/types";
import { childrenByParent, leafBelow, type Thread as ThreadState } from "../model";
import type { FollowScroll } from "../use-follow-scroll";
import { Answer } from "./answer";
import type { Version } from "./answer-opinion";
import { UserMessage } from "./user-message";

export interface ThreadProps {
  thread: ThreadState;
  messages: readonly Message[];
  busy: boolean;
  scroll: FollowScroll;
  onResend: (message: Message, text: string) => Promise<boolean>;
  onRegenerate: (messageId: string, model?: string) => void;
  onCitation: (citation: Citation) => void;
  onShowLeaf: (leafId: string) => void;
}

export function Thread({
  thread,
  messages,
  busy,
  scroll,
  onResend,
  onRegenerate,
  onCitation,
  onShowLeaf,
}: ThreadProps) {
  const { scroller, content, following, follow } = scroll;
  const children = useMemo(() => siblingsOf(thread), [thread]);
  const tree = useRef(thread);
  useEffect(() => {
    tree.current = thread;
  }, [thread]);
  // Stable, so that rows that did not change are not rendered again.
  const show = useMemo(() => (id: string) => onShowLeaf(leafBelow(childrenByParent(tree.current), id)), [onShowLeaf]);

  // The last row grows while it is out of sight, too, so that the scroll bar tells the truth.
  const last = useMemo(() => [messages.length - 1], [messages.length]);

  return (
    <div className="thread" ref={scroller} tabIndex={0} role="region" aria-label={text.chat.conversation}>
      <div className="thread-inner" ref={content}>
        <Virtualizer scrollRef={scroller} bufferSize={600} keepMounted={last}>
          {messages.map((message) => (
            <div key={message.id} className="thread-row">
              {message.role === "user" ? (
                <UserMessage
                  message={message}
                  siblings={children.get(message.id) ?? NONE}
                  busy={busy}
                  onResend={onResend}
                  onShow={show}
                />
              ) : (
                <Answer
                  message={message}
                  siblings={children.get(message.id) ?? NONE}
                  rival={rivalOf(thread, children.get(message.id) ?? NONE, message)}
                  question={message.parent_id ? thread.messages[message.parent_id]?.text : undefined}
                  busy={busy}
                  onRegenerate={onRegenerate}
                  onCitation={onCitation}
                  onShow={show}
                />
              )}
            </div>
          ))}
        </Virtualizer>
      </div>
      {following ? undefined : (
        <button type="button" className="button button-plain to-end" onClick={follow}>
          <ArrowDown size={16} aria-hidden />
          {text.chat.toEnd}
        </button>
      )}
    </div>
  );
}

const NONE: readonly string[] = [];

/** Versions by another model, kept so that rows that did not change are not rendered again. */
const rivalCache = new WeakMap<Message, Version>();

/** The nearest other version of an answer that another model has written to its end. */
function rivalOf(thread: ThreadState, siblings: readonly string[], message: Message): Version | undefined {
  const own = siblings.indexOf(message.id);
  if (siblings.length < 2 || message.status !== "complete" || !message.receipt) return undefined;
  const others = siblings
    .map((id, index) => ({ message: thread.messages[id], number: index + 1 }))
    .toSorted((one, other) => Math.abs(one.number - 1 - own) - Math.abs(other.number - 1 - own));
  for (const { message: other, number } of others) {
    if (!other?.receipt || other.status !== "complete" || other.receipt.model === message.receipt.model) continue;
    const known = rivalCache.get(other);
    if (known?.number === number) return known;
    const version = { message: other, number };
    rivalCache.set(other, version);
    return version;
  }
  return undefined;
}

/** For each message its versions; the lists keep their identity while the tree does not branch. */
const siblingCache = new WeakMap<readonly string[], Map<string, readonly string[]>>();

function siblingsOf(thread: ThreadState): Map<string, readonly string[]> {
  const known = siblingCache.get(thread.order);
  if (known) return known;
  const siblings = new Map<string, readonly string[]>();
  for (const ids of childrenByParent(thread).values()) for (const id of ids) siblings.set(id, ids);
  siblingCache.set(thread.order, siblings);
  return siblings;
}
