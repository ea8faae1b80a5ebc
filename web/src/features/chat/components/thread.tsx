/** The messages of the branch that is shown; only those near the screen exist in the page, and only those near are fetched. */
import { ArrowDown } from "lucide-react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, type KeyboardEvent, type RefObject } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { text } from "@/lib/i18n";
import type { Message } from "@/lib/types";
import { MESSAGE, focusMessage } from "../focus-message";
import { hasEarlier, rowOf, type Thread as ThreadState } from "../model";
import type { Pieces } from "../thread-api";
import type { FollowScroll } from "../use-follow-scroll";
import { rivalOf, versions, versionsOf } from "../versions";
import { MessageRow } from "./message-row";

export interface ThreadProps {
  thread: ThreadState;
  messages: readonly Message[];
  busy: boolean;
  scroll: FollowScroll;
  pieces: Pieces;
  /** A message that is linked to. */
  linked: string | undefined;
  /** Goes to the end for good. */
  onLeaveLinked: () => void;
}

/** So near to the first or last message more are fetched. */
const NEAR_MESSAGES = 12;
/** The padding before the first message. */
const START_MARGIN = 24;

export function Thread({ thread, messages, busy, scroll, pieces, linked, onLeaveLinked }: ThreadProps) {
  const { scroller, content, following } = scroll;
  const list = useRef<VirtualizerHandle>(null);
  const byMessage = useMemo(() => versionsOf(thread), [thread]);
  const earlier = hasEarlier(thread, messages);
  const later = thread.endId !== undefined;

  // The last row grows while it is out of sight, too, so that the scroll bar tells the truth.
  const kept = useMemo(() => (messages.length > 0 ? [messages.length - 1] : []), [messages.length]);
  const fetchNear = useCallback(() => {
    const view = list.current;
    const [first, last] = [messages[0], messages.at(-1)];
    if (!view || !first || !last) return;
    const top = view.findItemIndex(view.scrollOffset);
    const bottom = view.findItemIndex(view.scrollOffset + view.viewportSize);
    if (earlier && top < NEAR_MESSAGES) pieces.before(first.id);
    else if (later && bottom > messages.length - NEAR_MESSAGES) pieces.after(last.id);
  }, [earlier, later, messages, pieces]);
  // Where nothing can be scrolled, nothing would be fetched either.
  useEffect(() => {
    const view = list.current;
    if (view && view.viewportSize > 0 && view.scrollSize <= view.viewportSize) fetchNear();
  }, [fetchNear]);
  useLinked(linked, messages, list);

  const toEnd = () => {
    if (later && thread.leafId) void pieces.around(thread.leafId).then(onLeaveLinked);
    else onLeaveLinked();
  };
  return (
    // The keys lead from message to message; everything else that they do is the browser's.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      className="thread"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label={text.chat.conversation}
      onKeyDown={(event) => moveBetween(event, list.current, messages)}
    >
      <div className="thread-inner" ref={content}>
        {pieces.loading === "before" ? (
          <p className="piece-note" role="status">
            {text.chat.loadingEarlier}
          </p>
        ) : undefined}
        <Virtualizer
          ref={list}
          scrollRef={scroller}
          bufferSize={600}
          keepMounted={kept}
          startMargin={START_MARGIN}
          shift={pieces.prepending}
          data={messages}
          onScroll={fetchNear}
        >
          {(message) => {
            const ids = versions(byMessage, message.id);
            return (
              <MessageRow
                key={rowOf(thread, message)}
                message={message}
                pending={message === thread.pending}
                versions={ids}
                rival={rivalOf(thread, ids, message)}
                question={message.parent_id ? thread.messages[message.parent_id]?.text : undefined}
                busy={busy}
                linked={message.id === linked}
              />
            );
          }}
        </Virtualizer>
      </div>
      {following && !later ? undefined : (
        <button type="button" className="button button-plain to-end" onClick={toEnd}>
          <ArrowDown size={16} aria-hidden />
          {text.chat.toEnd}
        </button>
      )}
    </div>
  );
}

/** Goes to the message that the address names, once. */
function useLinked(
  linked: string | undefined,
  messages: readonly Message[],
  list: RefObject<VirtualizerHandle | null>,
): void {
  const shown = useRef<string>(undefined);
  const at = linked === undefined ? -1 : messages.findIndex((message) => message.id === linked);
  useLayoutEffect(() => {
    if (linked === undefined || at < 0 || shown.current === linked) return;
    shown.current = linked;
    list.current?.scrollToIndex(at, { align: "start" });
    focusMessage(linked);
  }, [at, linked, list]);
}

/** Alt with an arrow up or down leads from message to message. */
function moveBetween(event: KeyboardEvent, list: VirtualizerHandle | null, messages: readonly Message[]): void {
  if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown") || !list) return;
  event.preventDefault();
  const focused = event.target instanceof Element ? event.target.closest<HTMLElement>(MESSAGE) : null;
  const at = messages.findIndex((message) => message.id === focused?.dataset["message"]);
  const from = at >= 0 ? at : list.findItemIndex(list.scrollOffset);
  const to = Math.min(messages.length - 1, Math.max(0, from + (at < 0 ? 0 : event.key === "ArrowUp" ? -1 : 1)));
  const id = messages[to]?.id;
  if (id === undefined) return;
  list.scrollToIndex(to, { align: "nearest" });
  focusMessage(id);
}
