/** How searches went: what was looked for, what was not found, what was opened. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { formatCount, formatShare } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { SearchReport } from "@/lib/types";
import { Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Dialog } from "@/ui/dialog";
import { Facts } from "@/ui/facts";
import { Failure, Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { searchReportQuery, useForgetSearches } from "../api";

export function SearchReportDialog({ onClose }: { onClose: () => void }) {
  const { data: report, error } = useQuery(searchReportQuery);
  const forget = useForgetSearches();
  const [asking, setAsking] = useState(false);
  const failure = error ?? forget.error;
  return (
    <Dialog open onClose={onClose} title={text.searches.title} closeLabel={text.common.close}>
      {failure ? <Failure failure={describeError(failure)} /> : undefined}
      {!report && !error ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
      {report ? <Report report={report} /> : undefined}
      <p className="field-hint">{text.searches.hint}</p>
      {report && report.searches > 0 ? (
        <div className="dialog-actions">
          <Button tone="quiet" onClick={() => setAsking(true)}>
            {text.searches.forget}
          </Button>
        </div>
      ) : undefined}
      <ConfirmDialog
        open={asking}
        title={text.searches.forgetTitle}
        description={text.searches.forgetHint}
        confirmLabel={text.searches.forget}
        cancelLabel={text.common.cancel}
        closeLabel={text.common.close}
        busy={forget.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          forget.mutate(undefined, {
            onSuccess: () => showToast({ text: text.searches.forgotten }),
            onSettled: () => setAsking(false),
          })
        }
      />
    </Dialog>
  );
}

function Report({ report }: { report: SearchReport }) {
  if (report.searches === 0) return <p>{text.searches.none}</p>;
  const share = (count: number) => `${formatCount(count)} (${formatShare(count / report.searches, 0)})`;
  return (
    <>
      <Facts
        facts={[
          [text.searches.asked, formatCount(report.searches)],
          [text.searches.withoutHits, share(report.without_hits)],
          [text.searches.opened, share(report.opened)],
          [text.searches.nearTop, share(report.opened_near_top)],
        ]}
      />
      <Lines title={text.searches.frequent} lines={report.frequent.map((line) => [line.query, line.asked])} />
      <Lines title={text.searches.missed} lines={report.missed.map((line) => [line.query, line.asked])} />
      <Lines title={text.searches.popular} lines={report.popular.map((line) => [line.title, line.opened])} />
    </>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly (readonly [string, number])[] }) {
  if (lines.length === 0) return undefined;
  return (
    <section>
      <h3 className="field-label">{title}</h3>
      <dl className="entry-fields">
        {lines.map(([name, count]) => (
          <div key={name}>
            <dt dir="auto">{name}</dt>
            <dd className="numeric">{formatCount(count)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
