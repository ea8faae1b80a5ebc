/** Passages that were found, the words marked. */
import { type InfiniteData, useInfiniteQuery, type UseInfiniteQueryResult } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { CopyPlus, ListFilter, SearchX } from "lucide-react";
import { describeError } from "@/lib/client";
import { formatDuration } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toPassage } from "@/lib/passage";
import type { Entry, SearchChip, SearchHit, SearchResult } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { searchQuery, tellOpened } from "../api";
import { pressed, UNTOUCHED } from "../chip-switches";
import { type Choice, chosenCount } from "../choice";
import type { Mode, Order } from "../mode";
import { BookmarkButton } from "./bookmark-button";
import { EntryCard } from "./entry-card";
import { EntryDialog } from "./entry-dialog";
import { FacetPanel } from "./facet-panel";
import { HitBody } from "./hit-body";
import { SearchChips } from "./search-chips";
import { SimilarDialog } from "./similar-dialog";

/** A table of goods may hold a hundred entries; the first few tell what it is. */
const MOST_ENTRIES = 4;

export interface SearchResultsProps {
  query: string;
  mode: Mode;
  order: Order;
  choice: Choice;
  onChoose: (choice: Choice) => void;
}

export function SearchResults({ query, mode, order, choice, onChoose }: SearchResultsProps) {
  const [switches, setSwitches] = useState(UNTOUCHED);
  const [sheet, setSheet] = useState(false);
  const [entry, setEntry] = useState<Entry>();
  const result = useInfiniteQuery(searchQuery({ q: query, mode, order, choice, switches }));
  if (result.isPending) return <Skeleton lines={6} label={text.common.loading} />;
  if (result.error)
    return (
      <Failure
        failure={describeError(result.error)}
        retryLabel={text.common.retry}
        onRetry={() => void result.refetch()}
      />
    );
  const first = result.data.pages[0];
  const toggle = (chip: SearchChip) => setSwitches((before) => pressed(before, chip));
  const panel = <FacetPanel facets={first?.facets ?? []} choice={choice} onChoose={onChoose} />;
  return (
    <>
      <SearchChips chips={first?.chips ?? []} onToggle={toggle} />
      <Button className="facets-open" icon={ListFilter} onClick={() => setSheet(true)}>
        {text.entries.openChosen(chosenCount(choice))}
      </Button>
      <div className="search-layout">
        <aside className="facets-beside" aria-label={text.entries.panel}>
          {panel}
        </aside>
        <div className="search-found">
          <Found result={result} query={query} chosen={chosenCount(choice) > 0} onEntry={setEntry} />
        </div>
      </div>
      {sheet ? (
        <Dialog
          open
          side="end"
          onClose={() => setSheet(false)}
          title={text.entries.panel}
          closeLabel={text.common.close}
        >
          {panel}
        </Dialog>
      ) : undefined}
      {entry ? <EntryDialog id={entry.id} name={entry.name} onClose={() => setEntry(undefined)} /> : undefined}
    </>
  );
}

interface FoundProps {
  result: UseInfiniteQueryResult<InfiniteData<SearchResult>>;
  query: string;
  chosen: boolean;
  onEntry: (entry: Entry) => void;
}

function Found({ result, query, chosen, onEntry }: FoundProps) {
  const navigate = useNavigate();
  const [like, setLike] = useState<SearchHit>();
  const first = result.data?.pages[0];
  const hits = result.data?.pages.flatMap((page) => page.hits) ?? [];
  if (!first || hits.length === 0) {
    const narrowed = chosen || query === "";
    return (
      <Empty icon={SearchX} title={narrowed ? text.entries.none : text.library.noHits(query)}>
        {narrowed ? text.entries.noneHint : text.library.noHitsHint}
      </Empty>
    );
  }
  return (
    <>
      <p className="field-hint" role="status">
        {text.library.hits(first.total, formatDuration(first.took_ms))}
        {first.fuzzy ? ` ${text.library.fuzzy}` : ""}
        {first.words_only ? ` ${text.library.wordsOnly(first.words_only.code, first.words_only.message)}` : ""}
      </p>
      <ol className="hits">
        {hits.map((hit, index) => (
          <Hit
            key={hit.chunk_id}
            hit={hit}
            scored={query !== ""}
            onOpen={() => {
              if (first.search_id) tellOpened(first.search_id, hit.chunk_id, index + 1);
              void navigate(toPassage(hit.chunk_id));
            }}
            onEntry={onEntry}
            onSimilar={() => setLike(hit)}
          />
        ))}
      </ol>
      {result.hasNextPage ? (
        <Button className="more-button" busy={result.isFetchingNextPage} onClick={() => void result.fetchNextPage()}>
          {text.common.more}
        </Button>
      ) : undefined}
      {like ? <SimilarDialog like={like} onClose={() => setLike(undefined)} /> : undefined}
    </>
  );
}

interface HitProps {
  hit: SearchHit;
  scored: boolean;
  onOpen: () => void;
  onEntry: (entry: Entry) => void;
  onSimilar: () => void;
}

function Hit({ hit, scored, onOpen, onEntry, onSimilar }: HitProps) {
  return (
    <li className="hit-item">
      <button type="button" className="hit" onClick={onOpen}>
        <HitBody hit={hit} scored={scored} />
      </button>
      {(hit.entries ?? []).slice(0, MOST_ENTRIES).map((entry) => (
        <EntryCard key={entry.id} entry={entry} onOpen={() => onEntry(entry)} />
      ))}
      <div className="hit-commands">
        <BookmarkButton chunkId={hit.chunk_id} />
        <Button tone="quiet" icon={CopyPlus} onClick={onSimilar}>
          {text.library.similar}
        </Button>
      </div>
    </li>
  );
}
