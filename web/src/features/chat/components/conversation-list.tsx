/** The conversations in the sidebar: by date, searchable, each with its commands. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Skeleton } from "@/ui/feedback";
import { conversationsQuery } from "../api";
import { groupByDate } from "../groups";
import { ConversationRow } from "./conversation-row";

export const SEARCH_FIELD_ID = "conversation-search";

export function ConversationList({ currentId, onOpen }: { currentId: string | undefined; onOpen: () => void }) {
  const [query, setQuery] = useState("");
  const searched = useDeferredValue(query.trim());
  const list = useInfiniteQuery(conversationsQuery(searched));
  const groups = useMemo(() => groupByDate(list.data?.pages.flatMap((page) => page.conversations) ?? []), [list.data]);
  return (
    <div className="conversations">
      <input
        id={SEARCH_FIELD_ID}
        className="input conversation-search"
        type="search"
        aria-label={text.sidebar.search}
        placeholder={text.sidebar.search}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <div className="conversation-scroll">
        {list.isPending ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
        {list.error ? (
          <div className="sidebar-note" role="alert">
            <p>{describeError(list.error).message}</p>
            <Button onClick={() => void list.refetch()}>{text.common.retry}</Button>
          </div>
        ) : undefined}
        {groups.map((group) => (
          <section key={group.key} aria-label={text.sidebar.group(group.key)}>
            <h2 className="conversation-group">{text.sidebar.group(group.key)}</h2>
            <ul>
              {group.conversations.map((conversation) => (
                <ConversationRow
                  key={conversation.id}
                  conversation={conversation}
                  current={conversation.id === currentId}
                  onOpen={onOpen}
                />
              ))}
            </ul>
          </section>
        ))}
        {list.data && groups.length === 0 ? (
          <p className="sidebar-note">{searched ? text.sidebar.nothingFound(searched) : text.sidebar.empty}</p>
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
