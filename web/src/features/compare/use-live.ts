/** Keeps a comparison in step with the server while it is looked at. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { openStream } from "@/lib/sse";
import type { CompareDetail, CompareStep } from "@/lib/types";
import { refetchComparison, updateComparison } from "./api";
import { reduce } from "./model";

/** Many small steps make one change of the page: this often words appear, which reads as if they flowed. */
const FLUSH_MS = 50;

export function useLive(id: string): void {
  const client = useQueryClient();
  useEffect(() => {
    let waiting: CompareStep[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const flush = () => {
      clearTimeout(timer);
      timer = undefined;
      const steps = waiting;
      waiting = [];
      if (steps.length > 0) apply(client, id, steps);
    };
    const close = openStream(`/api/comparisons/${encodeURIComponent(id)}/events`, {
      onEvent: ({ data }) => {
        const step = parse(data);
        if (!step) return;
        waiting.push(step);
        timer ??= setTimeout(flush, FLUSH_MS);
      },
      // What ended before the stream was open is read once it is.
      onState: (state) => (state === "open" ? void refetchComparison(client, id) : undefined),
    });
    return () => {
      close();
      flush();
    };
  }, [client, id]);
}

function parse(data: string): CompareStep | undefined {
  try {
    return JSON.parse(data) as CompareStep;
  } catch {
    // A line that is not JSON cannot be a step; the next answer as it stands makes good for it.
    return undefined;
  }
}

function apply(client: QueryClient, id: string, steps: readonly CompareStep[]): void {
  let again = false;
  updateComparison(client, id, (detail) => {
    again = steps.some((step) => isNews(detail, step));
    return steps.reduce(reduce, detail);
  });
  if (again) void refetchComparison(client, id);
}

/** Whether a step says that there is more to read than it tells: a merge that ended can be read as a table. */
function isNews(detail: CompareDetail, step: CompareStep): boolean {
  if (step.type === "changed") return true;
  if (step.type !== "answer" || step.answer.status === "streaming") return false;
  return !detail.head.columns.some((column) => column.id === step.answer.column_id);
}
