/** What a report of a fault holds: in English, as those who read it speak; no folder, no key, nothing that was said. */
import type { CacheReport, Job, LogLine, Status, SystemFacts } from "@/lib/types";

export interface ReportParts {
  status: Status;
  facts: SystemFacts;
  cache: CacheReport;
  jobs: readonly Job[];
  lines: readonly LogLine[];
}

export function bugReport({ status, facts, cache, jobs, lines }: ReportParts): string {
  const failed = jobs.filter((job) => job.state === "failed");
  return [
    `Familiar ${status.version} (${facts.build}, ${facts.platform})`,
    `database ${status.database}, running since ${status.started_at}`,
    `documents ${status.documents}, conversations ${status.conversations}, language models ${status.language_models}`,
    `memory ${facts.memory_bytes ?? "unknown"} bytes, threads ${facts.threads ?? "unknown"}`,
    `cache ${cache.entries} replies, ${cache.bytes} bytes, ${cache.total.hit_percent ?? 0} % answered`,
    `jobs: ${status.active_jobs} wait or run, ${failed.length} failed`,
    ...failed.slice(0, 10).map((job) => `  ${job.created_at} ${job.kind}: ${job.error ?? ""}`),
    `the last ${lines.length} warnings and errors:`,
    ...lines.map((line) => `  ${lineText(line)}`),
  ].join("\n");
}

/** A line of the log as a text. */
export function lineText({ at, level, part, message, fields }: LogLine): string {
  const values = fields.map(({ name, value }) => `${name}=${value}`);
  return [at, level.toUpperCase(), part, message, ...values].filter(Boolean).join(" ");
}
