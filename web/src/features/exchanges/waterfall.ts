/** The geometry of an exchange's timings: what happened when, as shares of the whole. */
import type { Attempt, Timings } from "@/lib/types";

export interface Bar {
  kind: "before" | "failed" | "waiting" | "writing";
  /** What it belongs to. */
  name: string;
  /** From 0 to 1 of the whole. */
  start: number;
  size: number;
  from_ms: number;
  took_ms: number;
  error: string | undefined;
}

/**
 * One bar for Familiar's own work before the first call, one for each call until it answered or failed, and one for
 * the time in which the answer was written.
 */
export function waterfallOf(timings: Timings, attempts: readonly Attempt[]): Bar[] {
  const ends = attempts.map((attempt) => attempt.began_ms + attempt.took_ms);
  const whole = Math.max(1, timings.total_ms, timings.first_token_ms ?? 0, ...ends);
  const bar = (kind: Bar["kind"], name: string, from: number, to: number, error?: string): Bar => ({
    kind,
    name,
    start: clamp(from / whole),
    size: clamp((Math.max(from, to) - from) / whole),
    from_ms: from,
    took_ms: Math.max(0, to - from),
    error,
  });
  const bars: Bar[] = [];
  const first = attempts[0];
  if (first && first.began_ms > 0) bars.push(bar("before", "", 0, first.began_ms));
  for (const attempt of attempts) {
    const failed = typeof attempt.error === "string";
    bars.push(
      bar(
        failed ? "failed" : "waiting",
        attempt.deployment,
        attempt.began_ms,
        attempt.began_ms + attempt.took_ms,
        attempt.message ?? attempt.error ?? undefined,
      ),
    );
  }
  if (typeof timings.first_token_ms === "number" && timings.total_ms > timings.first_token_ms) {
    const answering = attempts.findLast((attempt) => typeof attempt.error !== "string");
    bars.push(bar("writing", answering?.deployment ?? "", timings.first_token_ms, timings.total_ms));
  }
  return bars;
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
