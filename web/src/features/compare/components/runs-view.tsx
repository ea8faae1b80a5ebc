/** Runs of prompt sets, the latest first. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Grid3x3 } from "lucide-react";
import { describeError } from "@/lib/client";
import { formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import { Badge, Empty, Failure, Skeleton } from "@/ui/feedback";
import { runsQuery } from "../api";

export function RunsView() {
  const { data, error, refetch } = useQuery(runsQuery);
  return (
    <section className="compare-history" aria-label={text.compare.runs}>
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={4} label={text.common.loading} /> : undefined}
      {data?.runs.length === 0 ? (
        <Empty icon={Grid3x3} title={text.compare.noRuns}>
          {text.compare.noRunsHint}
        </Empty>
      ) : undefined}
      <ul className="compare-list">
        {data?.runs.map((run) => (
          <li key={run.id} className="card compare-listed">
            <div className="compare-listed-words">
              <Link to="/compare/runs/$runId" params={{ runId: run.id }} className="compare-listed-title">
                {run.title}
              </Link>
              <p className="field-hint">
                {run.columns.map((column) => column.name).join(" · ")} · {formatWhen(run.created_at)}
              </p>
            </div>
            <Badge tone={run.state === "running" ? "accent" : "neutral"}>{text.compare.runState(run.state)}</Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}
