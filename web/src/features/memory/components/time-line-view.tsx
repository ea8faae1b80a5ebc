/** What changed, the last change first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { changesQuery } from "@/lib/api/memory";
import { describeError } from "@/lib/client";
import { formatFull } from "@/lib/format";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Badge, Empty, Failure, Skeleton } from "@/ui/feedback";

export function TimeLineView() {
  const list = useInfiniteQuery(changesQuery);
  const changes = list.data?.pages.flatMap((page) => page.changes) ?? [];
  if (list.isPending) return <Skeleton lines={6} label={text.common.loading} />;
  if (list.error)
    return (
      <Failure failure={describeError(list.error)} retryLabel={text.common.retry} onRetry={() => void list.refetch()} />
    );
  if (changes.length === 0) return <Empty title={text.memory.noChanges} />;
  return (
    <>
      <ol className="fact-list" aria-label={text.memory.timeLine}>
        {changes.map((change) => (
          <li key={change.id} className="fact">
            <div className="fact-body">
              <p className="fact-text">{change.fact.text}</p>
              <p className="fact-facts numeric">
                <Badge>{text.memory.whatHappened(change.what)}</Badge>
                <time dateTime={change.at}>{formatFull(change.at)}</time>
              </p>
            </div>
          </li>
        ))}
      </ol>
      {list.hasNextPage ? (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {text.common.more}
        </Button>
      ) : undefined}
    </>
  );
}
