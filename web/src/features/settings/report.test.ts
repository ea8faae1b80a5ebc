// A report says what is needed, and not where things lie.
import { expect, it } from "vitest";
import type { Job, LogLine, Status, SystemFacts } from "@/lib/types";
import { bugReport, lineText } from "./report";

const line: LogLine = {
  number: 7,
  at: "2026-11-22T10:00:00.000Z",
  level: "warn",
  part: "gateway::attempt",
  message: "a deployment failed",
  fields: [{ name: "deployment", value: "openai/actor" }],
};

const status: Status = {
  version: "0.1.0",
  database: "sqlite",
  data_dir: "/data/somebody/familiar",
  started_at: "2026-11-22T09:00:00Z",
  documents: 30,
  handbook_documents: 22,
  conversations: 4,
  language_models: 2,
  local_services: [],
  active_jobs: 1,
  spent_this_month_usd: "0",
};

const facts: SystemFacts = { version: "0.1.0", build: "release", platform: "linux x86_64", workers: 2 };
const job = (state: string): Job => ({
  id: state,
  kind: "library.ingest",
  title: "A private title",
  state,
  error: state === "failed" ? "cannot be read" : null,
  created_at: "2026-11-22T09:30:00Z",
});

it("writes a line of the log as it would stand in a terminal", () => {
  expect(lineText(line)).toBe(
    "2026-11-22T10:00:00.000Z WARN gateway::attempt a deployment failed deployment=openai/actor",
  );
});

it("tells versions, failures and warnings, and neither folders nor titles", () => {
  const total = { hits: 0, shared: 0, semantic: 0, misses: 0, saved_usd: "0" };
  const cache = { entries: 3, bytes: 900, semantic_entries: 0, total, routes: [] };
  const report = bugReport({ status, facts, cache, jobs: [job("failed"), job("running")], lines: [line] });
  expect(report).toContain("Familiar 0.1.0 (release, linux x86_64)");
  expect(report).toContain("1 wait or run, 1 failed");
  expect(report).toContain("library.ingest: cannot be read");
  expect(report).toContain("a deployment failed");
  expect(report).not.toContain("somebody");
  expect(report).not.toContain("private title");
});
