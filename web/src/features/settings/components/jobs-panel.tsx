/** Background work: what runs and waits, and what failed last, with the reason. */
import { useQuery } from "@tanstack/react-query";
import { RotateCcw, X } from "lucide-react";
import type { ReactNode } from "react";
import { isOver, jobsQuery, useCancelJob, useRetryJob } from "@/lib/api/jobs";
import { factsQuery } from "@/lib/api/system";
import { describeError } from "@/lib/client";
import { formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Job } from "@/lib/types";
import { Button } from "@/ui/button";
import { Badge, Failure, Progress, Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";

/** Failed jobs shown; older ones are seldom of use. */
const FAILURES = 10;

export function JobsPanel() {
  const { data, error, refetch } = useQuery(jobsQuery);
  const { data: facts } = useQuery(factsQuery);
  const active = data?.jobs.filter((job) => !isOver(job)) ?? [];
  const failed = data?.jobs.filter((job) => job.state === "failed").slice(0, FAILURES) ?? [];
  return (
    <section className="settings-panel" aria-label={text.advanced.jobs}>
      <h3>{text.advanced.jobs}</h3>
      {facts ? <p className="field-hint">{text.advanced.workers(facts.workers)}</p> : undefined}
      {error && !data ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {data || error ? undefined : <Skeleton label={text.common.loading} />}
      {data && active.length === 0 ? <p>{text.advanced.noJobs}</p> : undefined}
      {active.length > 0 ? (
        <ul className="job-list" aria-label={text.advanced.underWay}>
          {active.map((job) => (
            <Active key={job.id} job={job} />
          ))}
        </ul>
      ) : undefined}
      {failed.length > 0 ? (
        <>
          <h4>{text.advanced.failures}</h4>
          <ul className="job-list" aria-label={text.advanced.failures}>
            {failed.map((job) => (
              <Failed key={job.id} job={job} />
            ))}
          </ul>
        </>
      ) : undefined}
    </section>
  );
}

function Head({ job, children }: { job: Job; children: ReactNode }) {
  return (
    <div className="job-head">
      <strong>
        <bdi>{job.title}</bdi>
      </strong>
      {job.title === job.kind ? undefined : <code>{job.kind}</code>}
      <span className="field-hint">{formatWhen(job.created_at)}</span>
      {children}
    </div>
  );
}

function Active({ job }: { job: Job }) {
  const cancel = useCancelJob();
  const runs = job.state === "running";
  return (
    <li className="job-entry">
      <Head job={job}>
        <Badge tone={runs ? "accent" : "neutral"}>{runs ? text.advanced.running : text.advanced.queued}</Badge>
        <Button
          icon={X}
          aria-label={`${text.common.cancel}: ${job.title}`}
          busy={cancel.isPending}
          onClick={() => cancel.mutate(job.id)}
        >
          {text.common.cancel}
        </Button>
      </Head>
      {runs ? <Progress label={job.stage ?? job.title} value={job.progress} /> : undefined}
      {job.stage ? <span className="field-hint">{job.stage}</span> : undefined}
    </li>
  );
}

function Failed({ job }: { job: Job }) {
  const retry = useRetryJob();
  const again = () =>
    retry.mutate(job.id, {
      onSuccess: ({ state }) =>
        showToast({ text: state === "failed" ? text.advanced.sameUnderWay : text.advanced.queuedAgain }),
    });
  return (
    <li className="job-entry">
      <Head job={job}>
        <Button
          icon={RotateCcw}
          aria-label={`${text.common.retry}: ${job.title}`}
          busy={retry.isPending}
          onClick={again}
        >
          {text.common.retry}
        </Button>
      </Head>
      {job.error ? <p dir="auto">{job.error}</p> : undefined}
    </li>
  );
}
