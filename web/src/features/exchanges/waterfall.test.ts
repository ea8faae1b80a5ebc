import { describe, expect, it } from "vitest";
import type { Attempt } from "@/lib/types";
import { waterfallOf } from "./waterfall";

const call = (deployment: string, began_ms: number, took_ms: number, error?: string): Attempt => ({
  deployment,
  began_ms,
  took_ms,
  ...(error ? { error, message: `${error}!` } : {}),
});

describe("waterfallOf", () => {
  it("shows a call that failed, the one that answered, and the writing", () => {
    const bars = waterfallOf({ total_ms: 1000, first_token_ms: 400 }, [
      call("a", 10, 90, "timeout"),
      call("b", 100, 300),
    ]);
    expect(bars.map((bar) => [bar.kind, bar.name, bar.start, bar.size])).toEqual([
      ["before", "", 0, 0.01],
      ["failed", "a", 0.01, 0.09],
      ["waiting", "b", 0.1, 0.3],
      ["writing", "b", 0.4, 0.6],
    ]);
    expect(bars[1]?.error).toBe("timeout!");
  });

  it("has nothing to show for an exchange that called nobody", () => {
    expect(waterfallOf({ total_ms: 3 }, [])).toEqual([]);
  });

  it.each([
    [{ total_ms: 0 }, [call("a", 0, 0)]],
    [{ total_ms: 5, first_token_ms: 9 }, [call("a", 2, 50)]],
    [{ total_ms: 100, first_token_ms: 100 }, [call("a", 200, 300, "network")]],
  ])("never leaves the frame: %j", (timings, attempts) => {
    for (const bar of waterfallOf(timings, attempts)) {
      expect(bar.start).toBeGreaterThanOrEqual(0);
      expect(bar.start + bar.size).toBeLessThanOrEqual(1 + 1e-9);
      expect(bar.took_ms).toBeGreaterThanOrEqual(0);
    }
  });
});
