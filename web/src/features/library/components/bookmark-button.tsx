/** Keeps a passage to find it again, and forgets it. */
import { useQuery } from "@tanstack/react-query";
import { Bookmark, BookmarkCheck } from "lucide-react";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { bookmarksQuery, useBookmark } from "../api";

export function BookmarkButton({ chunkId }: { chunkId: string }) {
  const { data } = useQuery(bookmarksQuery);
  const change = useBookmark();
  const kept = data?.bookmarks.some((bookmark) => bookmark.chunk_id === chunkId) ?? false;
  return (
    <Button
      tone="quiet"
      icon={kept ? BookmarkCheck : Bookmark}
      aria-pressed={kept}
      busy={change.isPending}
      onClick={() => change.mutate({ chunkId, keep: !kept })}
    >
      {text.library.bookmark}
    </Button>
  );
}
