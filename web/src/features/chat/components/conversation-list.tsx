/** The conversations in the sidebar: folders above, what is pinned, then by date; searchable, each with its commands. */
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { useStore } from "@/lib/store";
import type { Conversation, SearchHint, Shelves } from "@/lib/types";
import { Button } from "@/ui/button";
import { Skeleton } from "@/ui/feedback";
import { groupByDate } from "../groups";
import { ALL, placeStore, type Place } from "../place";
import type { RowPlace } from "../row-place";
import { listed, selectionStore } from "../selection";
import { useShelved } from "../use-shelved";
import { ConversationRows, type ListedRow, type More } from "./conversation-rows";
import { FolderTree } from "./folder-tree";
import { SearchHelp } from "./search-help";
import { SelectionBar } from "./selection-bar";

export const SEARCH_FIELD_ID = "conversation-search";
const NOTHING: Shelves = { folders: [], tags: [], pinned: [] };
const NO_WORDS: readonly string[] = [];

export function ConversationList({ currentId, onOpen }: { currentId: string | undefined; onOpen: () => void }) {
  const [query, setQuery] = useState("");
  const searched = useDeferredValue(query.trim());
  const place = useStore(placeStore);
  const selection = useStore(selectionStore);
  const { list, setOnTop } = useShelved(searched, place, selection !== undefined);
  const first = list.data?.pages[0];
  const shelves = first?.shelves ?? NOTHING;
  const field = useRef<HTMLInputElement>(null);
  // A folder that somebody deleted elsewhere is no place any more.
  const gone =
    !list.isPlaceholderData &&
    first?.shelves !== undefined &&
    place.kind === "folder" &&
    !shelves.folders.some(({ id }) => id === place.id);
  useEffect(() => {
    if (gone) placeStore.set(ALL);
  }, [gone]);
  const conversations = useMemo(() => list.data?.pages.flatMap((page) => page.conversations) ?? [], [list.data]);
  // Until the next list is here, the one before is shown under its own name.
  const [shownPlace, setShownPlace] = useState(place);
  if (!list.isPlaceholderData && shownPlace !== place) setShownPlace(place);
  const sections = useMemo(
    () => sectionsOf(conversations, shelves, searched === "" ? shownPlace : undefined),
    [conversations, shelves, searched, shownPlace],
  );
  const rows = useMemo(() => rowsOf(sections, shelves, currentId), [sections, shelves, currentId]);
  const order = rows[0]?.at.order ?? NO_WORDS;
  const scroller = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetching, isFetchingNextPage, isFetchNextPageError, isPlaceholderData } = list;
  const { error, fetchNextPage } = list;
  const more = useMemo<More>(
    () => ({
      there: hasNextPage && !isPlaceholderData,
      busy: isFetching,
      fetching: isFetchingNextPage,
      failure: isFetchNextPageError && error ? error : undefined,
      // What is on its way is waited for, not asked for twice.
      fetch: () => void fetchNextPage({ cancelRefetch: false }),
    }),
    [hasNextPage, isPlaceholderData, isFetching, isFetchingNextPage, isFetchNextPageError, error, fetchNextPage],
  );
  useEffect(() => {
    if (selection && !list.isPlaceholderData) selectionStore.set(listed(selection, order));
  }, [selection, order, list.isPlaceholderData]);
  const insert = (words: string) => {
    setQuery((before) => (before === "" ? words : `${before.trimEnd()} ${words}`));
    field.current?.focus();
  };
  return (
    <div className="conversations">
      <div className="conversation-search-row">
        <input
          ref={field}
          id={SEARCH_FIELD_ID}
          className="input conversation-search"
          type="search"
          dir="auto"
          aria-label={text.sidebar.search}
          placeholder={text.sidebar.search}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        <SearchHelp tags={shelves.tags} folders={shelves.folders} onInsert={insert} />
      </div>
      {searched ? <Hints hints={first?.hints ?? []} /> : undefined}
      {selection ? (
        <SelectionBar
          conversations={rows.map((row) => row.conversation).filter(({ id }) => selection.ids.has(id))}
          order={order}
          tags={shelves.tags}
          currentId={currentId}
          onEnd={() => scroller.current?.focus()}
        />
      ) : undefined}
      <div className="conversation-scroll" ref={scroller} tabIndex={-1}>
        <div ref={head}>
          {list.isPending ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
          {error && !isFetchNextPageError ? (
            <div className="sidebar-note" role="alert">
              <p>{describeError(error).message}</p>
              <Button onClick={() => void list.refetch()}>{text.common.retry}</Button>
            </div>
          ) : undefined}
          {first && searched === "" ? <FolderTree folders={shelves.folders} /> : undefined}
        </div>
        <ConversationRows
          rows={rows}
          listKey={`${shownPlace.kind} ${shownPlace.kind === "folder" ? shownPlace.id : ""} ${searched}`}
          more={more}
          words={first?.words ?? NO_WORDS}
          currentId={currentId}
          scroller={scroller}
          head={head}
          onOpen={onOpen}
          onTop={setOnTop}
        />
        {list.data && sections.length === 0 ? (
          <p className="sidebar-note">{searched ? text.sidebar.nothingFound(searched) : empty(place)}</p>
        ) : undefined}
      </div>
    </div>
  );
}

interface Listed {
  label: string;
  conversations: readonly Conversation[];
  /** Whether a person makes the order. */
  ordered: boolean;
}

/** What is listed under which heading; what is found has no place. */
function sectionsOf(conversations: readonly Conversation[], shelves: Shelves, place: Place | undefined): Listed[] {
  if (place?.kind === "folder") {
    const label = shelves.folders.find(({ id }) => id === place.id)?.name ?? "";
    return conversations.length === 0 ? [] : [{ label, conversations, ordered: true }];
  }
  const dated = groupByDate(conversations).map((group) => ({
    label: text.sidebar.group(group.key),
    conversations: group.conversations,
    ordered: false,
  }));
  const pinned = { label: text.folders.pinned, conversations: shelves.pinned, ordered: false };
  return place?.kind === "all" && shelves.pinned.length > 0 ? [pinned, ...dated] : dated;
}

/** Every row under its heading, each with those beside it; one that two headings list stands under the first. */
function rowsOf(sections: readonly Listed[], shelves: Shelves, currentId: string | undefined): ListedRow[] {
  const { folders, tags } = shelves;
  const order = [...new Set(sections.flatMap((section) => section.conversations).map(({ id }) => id))];
  const seen = new Set<string>();
  return sections.flatMap(({ label, conversations, ordered: inFolder }) => {
    const own = conversations.filter(({ id }) => !seen.has(id));
    return own.map((conversation, index) => {
      seen.add(conversation.id);
      const above = inFolder ? own[index - 1]?.id : undefined;
      const below = inFolder ? own[index + 1]?.id : undefined;
      const at: RowPlace = { folders, tags, order, currentId, inFolder, above, below };
      return { conversation, heading: index === 0 ? label : undefined, at };
    });
  });
}

function empty(place: Place): string {
  if (place.kind === "folder") return text.folders.empty;
  return place.kind === "archive" ? text.folders.archiveEmpty : text.sidebar.empty;
}

function said({ piece, why }: SearchHint): string {
  if (why === "no_operator") return text.folders.noOperator(piece);
  return why === "no_value" ? text.folders.noValue(piece) : text.folders.nobody(piece);
}

function Hints({ hints }: { hints: readonly SearchHint[] }) {
  return (
    <div className="search-hints" role="status">
      {hints.map((hint) => (
        <p key={hint.piece}>{said(hint)}</p>
      ))}
    </div>
  );
}
