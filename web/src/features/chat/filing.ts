/** Lists of conversations as they look once a change is made: shown before the server has made it, and taken back if it refuses. */
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Arrangement, Conversation, ConversationList } from "@/lib/types";

const UNFILED: NonNullable<Conversation["filed"]> = {
  archived: false,
  folder_id: null,
  folder_off: false,
  pinned: false,
  tags: [],
};

/** A conversation where the change puts it. */
export function filedAs(conversation: Conversation, change: Arrangement): Conversation {
  const filed = conversation.filed ?? UNFILED;
  const as = (given: Partial<typeof UNFILED>) => ({ ...conversation, filed: { ...filed, ...given } });
  switch (change.kind) {
    case "move":
      return as({ folder_id: change.folder_id ?? null });
    case "tag": {
      const kept = filed.tags.filter((tag) => !change.remove?.includes(tag));
      return as({ tags: [...new Set([...kept, ...(change.add ?? [])])].toSorted() });
    }
    case "pin":
      return as({ pinned: change.on });
    case "archive":
      return as({ archived: change.on });
    case "use_folder":
      return as({ folder_off: !change.on });
    case "delete":
      // It goes away, and with it the row: once the server has done so.
      return conversation;
  }
}

type Pages = InfiniteData<ConversationList>;
type Listed = ConversationList["conversations"];
type Change = (conversation: Conversation) => Conversation;

/** Changes conversations of a page where they stand; a page without them stays the same. */
export function changedPages(data: Pages, ids: ReadonlySet<string>, change: Change): Pages {
  const holds = (list: Listed) => list.some((entry) => ids.has(entry.id));
  const each = (list: Listed) => list.map((entry) => (ids.has(entry.id) ? (change(entry) as typeof entry) : entry));
  const pages = data.pages.map((page) => {
    const { conversations, shelves } = page;
    if (!holds(conversations) && !holds(shelves?.pinned ?? [])) return page;
    return {
      ...page,
      conversations: each(conversations),
      ...(shelves ? { shelves: { ...shelves, pinned: each(shelves.pinned) } } : {}),
    };
  });
  return pages.every((page, index) => page === data.pages[index]) ? data : { ...data, pages };
}

/** Changes conversations wherever they are shown; gives what takes that back, and nothing that was changed since. */
export function changeShown(client: QueryClient, ids: readonly string[], change: Change): () => void {
  const wanted = new Set(ids);
  const changes = new Map<string, { was: Conversation; made: Conversation }>();
  const remembering = (was: Conversation) => {
    const made = change(was);
    if (!changes.has(was.id)) changes.set(was.id, { was, made });
    return made;
  };
  everywhere(client, wanted, remembering);
  return () =>
    everywhere(client, wanted, (now) => {
      const changed = changes.get(now.id);
      return changed ? withoutChange(now, changed.was, changed.made) : now;
    });
}

/** A conversation as it is now, without what one change made of it. */
function withoutChange(now: Conversation, was: Conversation, made: Conversation): Conversation {
  const back = takenBack(now, was, made);
  // Where it lies is changed part by part.
  return now.filed && made.filed ? { ...back, filed: takenBack(now.filed, was.filed ?? UNFILED, made.filed) } : back;
}

/** What a change made and is still so becomes what it was. */
function takenBack<T extends object>(now: T, was: T, made: T): T {
  const back = { ...now };
  for (const key of Object.keys(made) as (keyof T)[])
    if (!isSame(was[key], made[key]) && isSame(now[key], made[key])) back[key] = was[key];
  return back;
}

/** What is kept of a conversation is JSON. */
const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

function everywhere(client: QueryClient, ids: ReadonlySet<string>, change: Change): void {
  // Folders are kept under the same key.
  const isList = (data: unknown): data is Pages => typeof data === "object" && data !== null && "pages" in data;
  client.setQueriesData<unknown>({ queryKey: ["conversations"] }, (data: unknown) =>
    isList(data) ? changedPages(data, ids, change) : data,
  );
  for (const id of ids)
    client.setQueryData<Conversation>(["conversation", id], (known) => (known ? change(known) : known));
}
