/** All comparisons, prompt sets and runs of them. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Columns3, Plus, Trash2 } from "lucide-react";
import { describeError } from "@/lib/client";
import { formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { ComparisonHead } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Badge, Empty, Failure, Skeleton } from "@/ui/feedback";
import { PageFrame } from "@/ui/page-frame";
import { Tabs } from "@/ui/tabs";
import { comparisonsQuery, useRemove } from "../api";
import { PLACES, type CompareSearch } from "../search";
import { NewComparison } from "./new-comparison";
import { RunsView } from "./runs-view";
import { SetsView } from "./sets-view";
import "../compare.css";

const page = getRouteApi("/compare");

export function CompareScreen() {
  const search = page.useSearch();
  const navigate = page.useNavigate();
  const go = (change: Partial<CompareSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  const actions = (
    <>
      <Link to="/experiments" className="button button-plain">
        {text.compare.ratings}
      </Link>
      <Button tone="primary" icon={Plus} onClick={() => go({ create: true })}>
        {text.compare.create}
      </Button>
    </>
  );
  return (
    <PageFrame title={text.compare.title} lead={text.compare.lead} actions={actions}>
      <Tabs
        label={text.compare.places}
        shown={search.place ?? "comparisons"}
        onShow={(place) => go({ place: PLACES.find((one) => one === place) })}
        views={[
          {
            id: "comparisons",
            label: text.compare.comparisons,
            content: <History q={search.q} onSearch={(q) => go({ q: q || undefined })} />,
          },
          { id: "sets", label: text.compare.sets, content: <SetsView /> },
          { id: "runs", label: text.compare.runs, content: <RunsView /> },
        ]}
      />
      {search.create ? <NewComparison onClose={() => go({ create: undefined })} /> : undefined}
    </PageFrame>
  );
}

function History({ q, onSearch }: { q: string | undefined; onSearch: (q: string) => void }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    comparisonsQuery(q),
  );
  const heads = data?.pages.flatMap((one) => one.comparisons) ?? [];
  return (
    <section className="compare-history" aria-label={text.compare.comparisons}>
      <input
        type="search"
        className="input"
        aria-label={text.compare.search}
        placeholder={text.compare.search}
        defaultValue={q ?? ""}
        onChange={(event) => onSearch(event.target.value)}
      />
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
      {data && heads.length === 0 ? (
        q ? (
          <Empty icon={Columns3} title={text.compare.noneFound} />
        ) : (
          <Empty icon={Columns3} title={text.compare.none}>
            {text.compare.noneHint}
          </Empty>
        )
      ) : undefined}
      <ul className="compare-list">
        {heads.map((head) => (
          <Listed key={head.id} head={head} />
        ))}
      </ul>
      {hasNextPage ? (
        <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text.common.more}
        </Button>
      ) : undefined}
    </section>
  );
}

function Listed({ head }: { head: ComparisonHead }) {
  const remove = useRemove();
  const drop = () => remove.mutate({ id: head.id, title: head.title });
  return (
    <li className="card compare-listed">
      <div className="compare-listed-words">
        <Link to="/compare/$comparisonId" params={{ comparisonId: head.id }} className="compare-listed-title">
          <bdi>{head.title}</bdi>
        </Link>
        <p className="field-hint">
          {head.columns.map((column) => column.name).join(" · ")} · {formatWhen(head.updated_at)}
        </p>
      </div>
      {head.streaming ? <Badge tone="accent">{text.compare.statusName("streaming")}</Badge> : undefined}
      {head.mode === "open" ? undefined : <Badge>{text.compare.modeName(head.mode)}</Badge>}
      <IconButton icon={Trash2} label={`${text.common.delete}: ${head.title}`} onClick={drop} />
    </li>
  );
}
