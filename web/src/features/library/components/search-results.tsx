/** Passages that were found, the words marked. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { SearchX } from "lucide-react";
import { describeError } from "@/lib/client";
import { formatDuration } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toPassage } from "@/lib/passage";
import type { SearchHit } from "@/lib/types";
import { Button } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { searchQuery } from "../api";
import type { Mode } from "../mode";
import { SearchChips } from "./search-chips";

export function SearchResults({ query, mode }: { query: string; mode: Mode }) {
  const [off, setOff] = useState<readonly string[]>([]);
  const result = useInfiniteQuery(searchQuery(query, mode, off));
  const navigate = useNavigate();
  if (result.isPending) return <Skeleton lines={6} label={text.common.loading} />;
  if (result.error) return <Failure failure={describeError(result.error)} />;
  const first = result.data.pages[0];
  const hits = result.data.pages.flatMap((page) => page.hits);
  const toggle = (key: string) =>
    setOff((before) => (before.includes(key) ? before.filter((other) => other !== key) : [...before, key]));
  const chips = <SearchChips chips={first?.chips ?? []} onToggle={toggle} />;
  if (!first || hits.length === 0) {
    return (
      <>
        {chips}
        <Empty icon={SearchX} title={text.library.noHits(query)}>
          {text.library.noHitsHint}
        </Empty>
      </>
    );
  }
  return (
    <>
      {chips}
      <p className="field-hint" role="status">
        {text.library.hits(first.total, formatDuration(first.took_ms))}
        {first.fuzzy ? ` ${text.library.fuzzy}` : ""}
        {first.words_only ? ` ${text.library.wordsOnly(first.words_only.code, first.words_only.message)}` : ""}
      </p>
      <ol className="hits">
        {hits.map((hit) => (
          <Hit key={hit.chunk_id} hit={hit} onOpen={() => void navigate(toPassage(hit.chunk_id))} />
        ))}
      </ol>
      {result.hasNextPage ? (
        <Button className="more-button" busy={result.isFetchingNextPage} onClick={() => void result.fetchNextPage()}>
          {text.common.more}
        </Button>
      ) : undefined}
    </>
  );
}

function Hit({ hit, onOpen }: { hit: SearchHit; onOpen: () => void }) {
  return (
    <li>
      <button type="button" className="hit" onClick={onOpen}>
        <span className="hit-title as-named" dir="auto">
          {hit.title}
        </span>
        <span className="hit-place">
          {[hit.heading, hit.page ? text.library.page(hit.page) : undefined, text.library.foundBy(hit)]
            .filter(Boolean)
            .join(" · ")}
        </span>
        <span className="hit-snippet" dir="auto">
          {hit.snippet.map((fragment, index) =>
            fragment.marked ? <mark key={index}>{fragment.text}</mark> : <span key={index}>{fragment.text}</span>,
          )}
        </span>
      </button>
    </li>
  );
}
