/** All documents: filtered, sorted, with what became of each. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { LibraryBig } from "lucide-react";
import { useState } from "react";
import { documentsQuery } from "@/lib/api/documents";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { SORT_PARAMETERS, type Sort } from "../sort";
import { AddButtons } from "./add-buttons";
import { DocumentRow } from "./document-row";
import { DocumentSelection } from "./document-selection";

export interface DocumentTableProps {
  filter: string;
  status: string;
  tag: string;
  sort: Sort;
}

export function DocumentTable({ filter, status, tag, sort }: DocumentTableProps) {
  const list = useInfiniteQuery(
    documentsQuery({
      q: filter || undefined,
      status: status || undefined,
      tag: tag || undefined,
      sort: SORT_PARAMETERS[sort],
    }),
  );
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const select = (id: string, on: boolean) =>
    setSelected((before) => new Set(on ? [...before, id] : [...before].filter((other) => other !== id)));
  const documents = list.data?.pages.flatMap((page) => page.documents) ?? [];
  if (list.isPending) return <Skeleton lines={8} label={text.common.loading} />;
  if (list.error)
    return (
      <Failure failure={describeError(list.error)} retryLabel={text.common.retry} onRetry={() => void list.refetch()} />
    );
  if (documents.length === 0) {
    if (filter || status || tag) return <Empty title={text.library.noneFound}>{text.library.noneFoundHint}</Empty>;
    return (
      <Empty icon={LibraryBig} title={text.library.emptyTitle} actions={<AddButtons />}>
        {text.library.emptyHint}
      </Empty>
    );
  }
  const { columns } = text.library;
  // What is not listed any more is not selected either.
  const chosen = documents.filter((document) => selected.has(document.id));
  return (
    <>
      {chosen.length > 0 ? (
        <DocumentSelection
          documents={chosen}
          onAll={() => setSelected(new Set(documents.map((document) => document.id)))}
          onEnd={() => setSelected(new Set())}
        />
      ) : undefined}
      <div className="table-scroll">
        <table className="table document-table">
          <caption className="visually-hidden">{text.library.title}</caption>
          <thead>
            <tr>
              <th scope="col">{columns.title}</th>
              <th scope="col">{columns.status}</th>
              <th scope="col">{columns.format}</th>
              <th scope="col" className="end">
                {columns.pages}
              </th>
              <th scope="col" className="end">
                {columns.passages}
              </th>
              <th scope="col" className="end">
                {columns.size}
              </th>
              <th scope="col">{columns.added}</th>
              <th scope="col">
                <span className="visually-hidden">{columns.commands}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {documents.map((document) => (
              <DocumentRow
                key={document.id}
                document={document}
                selected={selected.has(document.id)}
                onSelect={(on) => select(document.id, on)}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p className="field-hint">
        {text.library.shown(documents.length, list.data?.pages[0]?.total ?? documents.length)}
      </p>
      {list.hasNextPage ? (
        <Button className="more-button" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {text.common.more}
        </Button>
      ) : undefined}
    </>
  );
}
