/** The rows of the sidebar: only those near its window are in the page, and the next are fetched when their end comes near. */
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type RefObject,
  type SyntheticEvent,
} from "react";
import {
  Virtualizer,
  type CustomContainerComponentProps,
  type CustomItemComponentProps,
  type VirtualizerHandle,
} from "virtua";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Conversation } from "@/lib/types";
import { Button } from "@/ui/button";
import type { RowPlace } from "../row-place";
import { ConversationRow } from "./conversation-row";

export interface ListedRow {
  conversation: Conversation;
  /** What stands above the first of a group. */
  heading: string | undefined;
  at: RowPlace;
}

/** Pages that come one after the other. */
export interface More {
  there: boolean;
  /** Whether anything of the list is being fetched, and whether it is the next page. */
  busy: boolean;
  fetching: boolean;
  failure: Error | undefined;
  fetch: () => void;
}

export interface ConversationRowsProps {
  rows: readonly ListedRow[];
  /** What is listed: another list begins at its top. */
  listKey: string;
  more: More;
  words: readonly string[];
  currentId: string | undefined;
  scroller: RefObject<HTMLDivElement | null>;
  /** What stands above the rows and is scrolled with them. */
  head: RefObject<HTMLDivElement | null>;
  onOpen: () => void;
  /** Whether the window is near the top. */
  onTop: (near: boolean) => void;
}

/** So many windows before the end the next page is asked for. */
const AHEAD = 2;
/** About as high is a row; without a measure given, few rows would have none kept ready beside them. */
const ROW_PX = 34;

export function ConversationRows(props: ConversationRowsProps) {
  const { rows, listKey, more, words, currentId, scroller, head, onOpen, onTop } = props;
  const [keptId, setKeptId] = useState<string>();
  const margin = useHeight(head);
  const list = useRef<VirtualizerHandle>(null);
  const fetchNear = useCallback(() => {
    const view = list.current;
    if (!view || view.viewportSize === 0) return;
    onTop(view.scrollOffset < view.viewportSize);
    const left = view.scrollSize - view.scrollOffset - view.viewportSize;
    if (left < AHEAD * view.viewportSize && more.there && !more.busy && !more.failure) more.fetch();
  }, [more, onTop]);
  // Where nothing can be scrolled, nothing would be fetched either.
  useEffect(() => {
    fetchNear();
  }, [fetchNear, rows]);
  useLayoutEffect(() => {
    // What it gives is no way to take it back.
    void scroller.current?.scrollTo({ top: 0 });
  }, [listKey, scroller]);

  // What has the focus or is dragged stays in the page, however far away it is scrolled, and those beside it, where Tab leads to.
  const kept = useMemo(() => {
    const at = keptId === undefined ? -1 : rows.findIndex((row) => row.conversation.id === keptId);
    return at < 0 ? [] : [at - 1, at, at + 1].filter((index) => index >= 0);
  }, [keptId, rows]);
  const keep = (event: SyntheticEvent) => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-conversation]") : null;
    if (row) setKeptId(row.dataset["conversation"]);
  };
  if (rows.length === 0) return undefined;
  return (
    <>
      {/* Only looks where the focus is. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div onFocus={keep} onDragStart={keep}>
        <Size value={more.there ? -1 : rows.length}>
          <Virtualizer
            ref={list}
            key={listKey}
            as={List}
            item={Item}
            scrollRef={scroller}
            startMargin={margin}
            bufferSize={400}
            itemSize={ROW_PX}
            keepMounted={kept}
            data={rows}
            onScroll={fetchNear}
            onResize={fetchNear}
          >
            {({ conversation, heading, at }) => (
              <div key={conversation.id}>
                {heading === undefined ? undefined : (
                  <h2 className="conversation-group as-named" dir="auto">
                    {heading}
                  </h2>
                )}
                <ConversationRow
                  conversation={conversation}
                  current={conversation.id === currentId}
                  onOpen={onOpen}
                  at={at}
                  words={words}
                />
              </div>
            )}
          </Virtualizer>
        </Size>
      </div>
      {more.failure ? (
        <p className="sidebar-note" role="alert">
          {describeError(more.failure).message}
        </p>
      ) : undefined}
      {more.there ? (
        <Button tone="quiet" className="more-button" busy={more.fetching} onClick={more.fetch}>
          {more.failure ? text.common.retry : text.common.more}
        </Button>
      ) : undefined}
    </>
  );
}

/** How many rows there are; -1 while that is not known, as the attribute wants it. */
const HowMany = createContext(-1);
const Size = HowMany.Provider;

/** Rows take clicks while they are scrolled, too: one that comes a moment after the wheel, or after the focus moved them, would be lost. */
function List({ style, children, ref }: CustomContainerComponentProps) {
  return (
    <ul ref={ref as RefObject<HTMLUListElement>} style={{ ...style, pointerEvents: "auto" }}>
      {children}
    </ul>
  );
}

/** Of a long list only a part is in the page: each row says which it is. */
function Item({ style, index, children, ref }: CustomItemComponentProps) {
  return (
    <li
      ref={ref as RefObject<HTMLLIElement>}
      style={style}
      aria-setsize={useContext(HowMany)}
      aria-posinset={index + 1}
    >
      {children}
    </li>
  );
}

function useHeight(of: RefObject<HTMLElement | null>): number {
  const [height, setHeight] = useState(0);
  useLayoutEffect(() => {
    const element = of.current;
    if (!element) return undefined;
    const measure = () => setHeight(element.offsetHeight);
    measure();
    const watched = new ResizeObserver(measure);
    watched.observe(element);
    return () => watched.disconnect();
  }, [of]);
  return height;
}
