/** The rows; only those near the screen exist in the page, so that a hundred thousand are as quick as ten. */
import { ArrowLeftRight } from "lucide-react";
import { Link } from "@tanstack/react-router";
import { memo, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { describeError } from "@/lib/client";
import { formatCount, formatDuration, formatMoney, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Exchange } from "@/lib/types";
import { Badge, Empty, Failure, Skeleton } from "@/ui/feedback";
import { isFiltered, type ExchangeFilter } from "../filters";
import { OUTCOME_TONES } from "../outcome";
import type { Exchanges } from "../use-exchanges";

/** So many rows before the end the next page is asked for. */
const AHEAD = 30;

export function ExchangeList({
  list,
  filter,
  onOpen,
}: {
  list: Exchanges;
  filter: ExchangeFilter;
  onOpen: (id: string) => void;
}) {
  const { exchanges, hasMore, fetchMore } = list;
  const holder = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLElement>(null);
  const rows = useRef<VirtualizerHandle>(null);
  const [margin, setMargin] = useState(0);
  const there = exchanges.length > 0;

  // The page scrolls as a whole: how far down in it does the list begin?
  useLayoutEffect(() => {
    const element = holder.current;
    scroller.current = element?.closest<HTMLElement>(".page") ?? null;
    const page = scroller.current;
    if (!element || !page) return undefined;
    const measure = () =>
      setMargin(element.getBoundingClientRect().top - page.getBoundingClientRect().top + page.scrollTop);
    measure();
    const watched = new ResizeObserver(measure);
    for (const sibling of element.parentElement?.parentElement?.children ?? []) watched.observe(sibling);
    return () => watched.disconnect();
  }, [there]);

  const look = () => {
    const handle = rows.current;
    if (!handle || !hasMore) return;
    const last = handle.findItemIndex(handle.scrollOffset + handle.viewportSize);
    if (last >= exchanges.length - AHEAD) fetchMore();
  };
  const check = useRef(look);
  useEffect(() => {
    check.current = look;
    // A page that does not fill the screen is never scrolled.
    look();
  });

  if (list.pending) return <Skeleton lines={12} label={text.common.loading} />;
  if (list.error && !there)
    return <Failure failure={describeError(list.error)} retryLabel={text.common.retry} onRetry={list.retry} />;
  if (!there) {
    return isFiltered(filter) ? (
      <Empty title={text.exchanges.noneFound}>{text.exchanges.noneFoundHint}</Empty>
    ) : (
      <Empty icon={ArrowLeftRight} title={text.exchanges.none}>
        {text.exchanges.noneHint}
      </Empty>
    );
  }
  return (
    <div className="exchange-list">
      <div className="exchange-row exchange-head" aria-hidden>
        <span>{text.exchanges.when}</span>
        <span>{text.exchanges.answered}</span>
        <span>{text.exchanges.key}</span>
        <span>{text.exchanges.outcome}</span>
        <span className="end">{text.exchanges.tokens}</span>
        <span className="end">{text.exchanges.firstToken}</span>
        <span className="end">{text.exchanges.time}</span>
        <span className="end">{text.exchanges.cost}</span>
      </div>
      {/* The rows are links; the arrows are a second way to them. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div ref={holder} onKeyDown={(event) => moveFocus(event, rows.current, exchanges)}>
        <Virtualizer
          ref={rows}
          scrollRef={scroller}
          startMargin={margin}
          bufferSize={400}
          shift={false}
          onScroll={() => check.current()}
        >
          {exchanges.map((exchange) => (
            <Row key={exchange.id} exchange={exchange} onOpen={onOpen} />
          ))}
        </Virtualizer>
      </div>
      {list.fetchingMore ? <Skeleton lines={2} label={text.common.loading} /> : undefined}
      {list.error ? (
        <Failure failure={describeError(list.error)} retryLabel={text.common.retry} onRetry={fetchMore} />
      ) : undefined}
    </div>
  );
}

/** The arrows go from row to row. */
function moveFocus(event: KeyboardEvent, rows: VirtualizerHandle | null, exchanges: readonly Exchange[]): void {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const id = event.target instanceof HTMLElement ? event.target.dataset["exchange"] : undefined;
  if (by === undefined || id === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const next = exchanges.findIndex((exchange) => exchange.id === id) + by;
  const target = exchanges[next];
  if (!target) return;
  event.preventDefault();
  rows?.scrollToIndex(next, { align: "nearest" });
  // It may only now come to be.
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>(`[data-exchange="${CSS.escape(target.id)}"]`)?.focus({ preventScroll: true }),
  );
}

const Row = memo(function Row({ exchange, onOpen }: { exchange: Exchange; onOpen: (id: string) => void }) {
  const name = exchange.model ?? exchange.requested;
  return (
    <Link
      to="/exchanges"
      search={(before) => ({ ...before, open: exchange.id })}
      className="exchange-row"
      data-exchange={exchange.id}
      preload={false}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onOpen(exchange.id);
      }}
    >
      <span className="exchange-when">{formatWhen(exchange.at)}</span>
      <span className="exchange-name">
        <span>{name}</span>
        {exchange.requested === name ? undefined : <span className="exchange-asked">{exchange.requested}</span>}
      </span>
      <span className="exchange-key">{exchange.key ?? text.exchanges.workbench}</span>
      <span className="exchange-outcome">
        <Badge tone={OUTCOME_TONES[exchange.outcome] ?? "neutral"}>
          {text.exchanges.outcomeName(exchange.outcome, exchange.error ?? undefined)}
        </Badge>
        {exchange.cached ? <Badge>{text.exchanges.cached}</Badge> : undefined}
      </span>
      <span className="end exchange-tokens">
        {text.exchanges.tokensInOut(formatCount(exchange.input_tokens), formatCount(exchange.output_tokens))}
      </span>
      <span className="end exchange-first">
        {typeof exchange.first_token_ms === "number" ? formatDuration(exchange.first_token_ms) : "–"}
      </span>
      <span className="end exchange-time">{formatDuration(exchange.total_ms)}</span>
      <span className="end exchange-cost">
        {exchange.estimated && exchange.cost_usd ? "≈ " : ""}
        {formatMoney(exchange.cost_usd)}
      </span>
    </Link>
  );
});
