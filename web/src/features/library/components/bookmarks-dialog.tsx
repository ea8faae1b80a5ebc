/** The passages that were kept. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Bookmark as BookmarkIcon, X } from "lucide-react";
import { describeError } from "@/lib/client";
import { formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toPassage } from "@/lib/passage";
import type { Bookmark } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { bookmarksQuery, useBookmark } from "../api";

export function BookmarksDialog({ onClose }: { onClose: () => void }) {
  const { data, error, refetch } = useQuery(bookmarksQuery);
  return (
    <Dialog open side="end" onClose={onClose} title={text.library.bookmarks} closeLabel={text.common.close}>
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
      {data?.bookmarks.length === 0 ? (
        <Empty icon={BookmarkIcon} title={text.library.bookmarksNone}>
          {text.library.bookmarksNoneHint}
        </Empty>
      ) : undefined}
      <ol className="hits">
        {data?.bookmarks.map((bookmark) => (
          <Kept key={bookmark.chunk_id} bookmark={bookmark} onClose={onClose} />
        ))}
      </ol>
    </Dialog>
  );
}

function Kept({ bookmark, onClose }: { bookmark: Bookmark; onClose: () => void }) {
  const navigate = useNavigate();
  const change = useBookmark();
  const place = [
    bookmark.heading,
    bookmark.page ? text.library.page(bookmark.page) : undefined,
    formatWhen(bookmark.created_at),
    bookmark.there ? undefined : text.library.bookmarkGone,
  ];
  const body = (
    <>
      <span className="hit-title as-named" dir="auto">
        {bookmark.title}
      </span>
      <span className="hit-place">{place.filter(Boolean).join(" · ")}</span>
      <span className="hit-snippet" dir="auto">
        {bookmark.excerpt}
      </span>
    </>
  );
  const { chunk_id: chunkId, there } = bookmark;
  const forget = () =>
    // As a promise, since the row itself is gone when the list is here again; a refusal has its own message.
    void change.mutateAsync({ chunkId, keep: false }).then(
      () =>
        showToast({
          text: text.library.bookmarkRemoved,
          // What is not there any more cannot be kept again.
          ...(there ? { action: { label: text.common.undo, run: () => change.mutate({ chunkId, keep: true }) } } : {}),
        }),
      () => undefined,
    );
  return (
    <li className="bookmark">
      {there ? (
        <button
          type="button"
          className="hit"
          onClick={() => {
            onClose();
            void navigate(toPassage(chunkId));
          }}
        >
          {body}
        </button>
      ) : (
        <div className="hit">{body}</div>
      )}
      <IconButton icon={X} label={text.library.bookmarkRemove} onClick={forget} />
    </li>
  );
}

/** Opens the list. */
export function BookmarksButton({ onOpen }: { onOpen: () => void }) {
  return (
    <Button tone="quiet" icon={BookmarkIcon} onClick={onOpen}>
      {text.library.bookmarks}
    </Button>
  );
}
