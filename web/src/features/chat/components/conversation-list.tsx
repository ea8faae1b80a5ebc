/** The conversations in the sidebar: folders above, what is pinned, then by date; searchable, each with its commands. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { useStore } from "@/lib/store";
import type { Conversation, SearchHint, Shelves } from "@/lib/types";
import { Button } from "@/ui/button";
import { Skeleton } from "@/ui/feedback";
import { shelvedQuery } from "../api";
import { groupByDate } from "../groups";
import { ALL, placeStore, type Place } from "../place";
import { listed, selectionStore } from "../selection";
import { ConversationRow, type RowPlace } from "./conversation-row";
import { FolderTree } from "./folder-tree";
import { SearchHelp } from "./search-help";
import { SelectionBar } from "./selection-bar";

export const SEARCH_FIELD_ID = "conversation-search";
const NOTHING: Shelves = { folders: [], tags: [], pinned: [] };

export function ConversationList({ currentId, onOpen }: { currentId: string | undefined; onOpen: () => void }) {
  const [query, setQuery] = useState("");
  const searched = useDeferredValue(query.trim());
  const place = useStore(placeStore);
  const list = useInfiniteQuery(shelvedQuery(searched, place));
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
  const listedRows = useMemo(() => {
    const rows = new Map(sections.flatMap((section) => section.conversations).map((row) => [row.id, row]));
    return [...rows.values()];
  }, [sections]);
  const order = useMemo(() => listedRows.map((row) => row.id), [listedRows]);
  const selection = useStore(selectionStore);
  const scroller = useRef<HTMLDivElement>(null);
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
          conversations={listedRows.filter((row) => selection.ids.has(row.id))}
          order={order}
          tags={shelves.tags}
          currentId={currentId}
          onEnd={() => scroller.current?.focus()}
        />
      ) : undefined}
      <div className="conversation-scroll" ref={scroller} tabIndex={-1}>
        {list.isPending ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
        {list.error ? (
          <div className="sidebar-note" role="alert">
            <p>{describeError(list.error).message}</p>
            <Button onClick={() => void list.refetch()}>{text.common.retry}</Button>
          </div>
        ) : undefined}
        {first && searched === "" ? <FolderTree folders={shelves.folders} /> : undefined}
        {sections.map((section) => (
          <Section key={section.key} label={section.label}>
            {section.conversations.map((conversation, index) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                current={conversation.id === currentId}
                onOpen={onOpen}
                at={{ ...rowPlace(section, index, shelves), order, currentId }}
                words={first?.words ?? []}
              />
            ))}
          </Section>
        ))}
        {list.data && sections.length === 0 ? (
          <p className="sidebar-note">{searched ? text.sidebar.nothingFound(searched) : empty(place)}</p>
        ) : undefined}
        {list.hasNextPage ? (
          <Button
            tone="quiet"
            className="more-button"
            busy={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {text.common.more}
          </Button>
        ) : undefined}
      </div>
    </div>
  );
}

interface Listed {
  key: string;
  label: string;
  conversations: readonly Conversation[];
  /** Whether a person makes the order. */
  ordered: boolean;
}

/** What is listed under which heading; what is found has no place. */
function sectionsOf(conversations: readonly Conversation[], shelves: Shelves, place: Place | undefined): Listed[] {
  if (place?.kind === "folder") {
    const label = shelves.folders.find(({ id }) => id === place.id)?.name ?? "";
    return conversations.length === 0 ? [] : [{ key: place.id, label, conversations, ordered: true }];
  }
  const dated = groupByDate(conversations).map((group) => ({
    key: group.key,
    label: text.sidebar.group(group.key),
    conversations: group.conversations,
    ordered: false,
  }));
  const pinned = { key: "pinned", label: text.folders.pinned, conversations: shelves.pinned, ordered: false };
  return place?.kind === "all" && shelves.pinned.length > 0 ? [pinned, ...dated] : dated;
}

function rowPlace(section: Listed, index: number, shelves: Shelves): Omit<RowPlace, "order" | "currentId"> {
  return {
    folders: shelves.folders,
    tags: shelves.tags,
    inFolder: section.ordered,
    above: section.ordered ? section.conversations[index - 1]?.id : undefined,
    below: section.ordered ? section.conversations[index + 1]?.id : undefined,
  };
}

function empty(place: Place): string {
  if (place.kind === "folder") return text.folders.empty;
  return place.kind === "archive" ? text.folders.archiveEmpty : text.sidebar.empty;
}

function Section({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section aria-label={label}>
      <h2 className="conversation-group as-named" dir="auto">
        {label}
      </h2>
      <ul>{children}</ul>
    </section>
  );
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
