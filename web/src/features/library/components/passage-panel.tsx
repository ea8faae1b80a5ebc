/** A passage in its place: marked in its page, with the words that something rests on marked once more. */
import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, ExternalLink } from "lucide-react";
import { useEffect, useRef } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { PassageView } from "@/lib/types";
import { Button } from "@/ui/button";
import { Failure, Skeleton } from "@/ui/feedback";
import { originalAddress, passageQuery } from "../api";
import { BookmarkButton } from "./bookmark-button";

export interface PassagePanelProps {
  chunkId: string;
  quote: string | undefined;
  onMove: (chunkId: string) => void;
}

export function PassagePanel({ chunkId, quote, onMove }: PassagePanelProps) {
  const { data: view, error, refetch } = useQuery(passageQuery(chunkId));
  if (error)
    return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />;
  if (!view) return <Skeleton lines={10} label={text.common.loading} />;
  return <Passage key={chunkId} view={view} quote={quote} onMove={onMove} />;
}

function Passage({
  view,
  quote,
  onMove,
}: {
  view: PassageView;
  quote: string | undefined;
  onMove: (chunkId: string) => void;
}) {
  const marked = useRef<HTMLElement>(null);
  useEffect(() => {
    // Braces, since some browsers answer with a promise, which is no clean-up.
    void marked.current?.scrollIntoView({ block: "center" });
  }, []);
  const place = [view.heading, view.page ? text.library.page(view.page) : undefined].filter(Boolean).join(" · ");
  const previous = view.previous_chunk_id;
  const next = view.next_chunk_id;
  return (
    <div className="passage">
      <div className="passage-head">
        <p className="passage-title" dir="auto">
          {view.document.title}
        </p>
        {place ? <p className="field-hint">{place}</p> : undefined}
      </div>
      <div
        className="passage-page"
        dir="auto"
        tabIndex={0}
        role="region"
        aria-label={text.library.passageIn(view.document.title)}
      >
        <span className="passage-context">{view.before}</span>
        <mark className="passage-mark" ref={marked}>
          <Quoted passage={view.text} quote={quote} />
        </mark>
        <span className="passage-context">{view.after}</span>
      </div>
      <div className="passage-foot">
        <BookmarkButton chunkId={view.chunk_id} />
        <Button icon={ChevronLeft} disabled={!previous} onClick={() => previous && onMove(previous)}>
          {text.library.previousPassage}
        </Button>
        <Button icon={ChevronRight} disabled={!next} onClick={() => next && onMove(next)}>
          {text.library.nextPassage}
        </Button>
        <a
          className="button button-quiet"
          href={originalAddress(view.document, view.page)}
          target="_blank"
          rel="noopener"
        >
          <ExternalLink size={16} aria-hidden />
          {text.library.openOriginal}
        </a>
      </div>
    </div>
  );
}

/** The passage, with the quoted words set apart where they stand in it. */
function Quoted({ passage, quote }: { passage: string; quote: string | undefined }) {
  const at = quote ? passage.indexOf(quote) : -1;
  if (!quote || at < 0) return passage;
  return (
    <>
      {passage.slice(0, at)}
      <strong className="passage-quote">{quote}</strong>
      {passage.slice(at + quote.length)}
    </>
  );
}
