/** What the program does behind the page: its work, its caches and its log, and what it is itself. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ClipboardCopy } from "lucide-react";
import { useState, type ReactNode } from "react";
import { jobsQuery } from "@/lib/api/jobs";
import { statusQuery } from "@/lib/api/status";
import { cacheQuery, factsQuery, fetchLogs } from "@/lib/api/system";
import { describeError } from "@/lib/client";
import { formatBytes, formatCount, formatFull, formatWait } from "@/lib/format";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { copyWithToast } from "@/ui/copy";
import { Failure, Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { bugReport } from "../report";
import { CachesPanel } from "./caches-panel";
import { JobsPanel } from "./jobs-panel";
import { LogPanel } from "./log-panel";

/** Warnings and errors of the log that are in a report. */
const REPORTED = 30;

export function AdvancedSection({ search }: { search: string | undefined }) {
  return (
    <>
      <About />
      <JobsPanel />
      <CachesPanel />
      <LogPanel key={search} search={search ?? ""} />
    </>
  );
}

function About() {
  const { data: status, error: noStatus, refetch: askStatus } = useQuery(statusQuery);
  const { data: facts, dataUpdatedAt, error: noFacts, refetch: askFacts } = useQuery(factsQuery);
  const error = noStatus ?? noFacts;
  if (error && !(status && facts)) {
    const retry = () => void Promise.all([askStatus(), askFacts()]);
    return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={retry} />;
  }
  if (!status || !facts) return <Skeleton label={text.common.loading} />;
  const seconds = (dataUpdatedAt - Date.parse(status.started_at)) / 1_000;
  const rows: [string, ReactNode][] = [
    [text.settings.version, `${status.version} (${facts.build}, ${facts.platform})`],
    [text.settings.database, status.database],
    [
      text.settings.dataFolder,
      <bdi key="folder" dir="ltr">
        {status.data_dir}
      </bdi>,
    ],
    [text.settings.runningSince, `${formatFull(status.started_at)} (${formatWait(seconds)})`],
  ];
  if (facts.memory_bytes) rows.push([text.advanced.memory, formatBytes(facts.memory_bytes)]);
  if (facts.threads) rows.push([text.advanced.threads, formatCount(facts.threads)]);
  return (
    <section className="settings-panel" aria-label={text.settings.about}>
      <h3>{text.settings.about}</h3>
      <dl className="about">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <CopyReport />
    </section>
  );
}

/** Puts together what a report of a fault needs, without secrets, and copies it. */
function CopyReport() {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const copy = async () => {
    setBusy(true);
    try {
      const [status, facts, cache, jobs, log] = await Promise.all([
        client.fetchQuery(statusQuery),
        client.fetchQuery(factsQuery),
        client.fetchQuery(cacheQuery),
        client.fetchQuery(jobsQuery),
        fetchLogs({ level: "warn", q: "", limit: REPORTED }),
      ]);
      await copyWithToast(bugReport({ status, facts, cache, jobs: jobs.jobs, lines: log.lines }), text.advanced.copied);
    } catch (error) {
      const { message, hint } = describeError(error);
      showToast({ tone: "danger", text: message, hint });
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <div>
        <Button icon={ClipboardCopy} busy={busy} onClick={() => void copy()}>
          {text.common.copyReport}
        </Button>
      </div>
      <p className="field-hint">{text.advanced.reportHint}</p>
    </>
  );
}
