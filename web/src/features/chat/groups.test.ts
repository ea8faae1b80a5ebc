import { expect, it } from "vitest";
import type { Conversation } from "@/lib/types";
import { groupByDate } from "./groups";

const at = (id: string, time: Date): Conversation => ({
  id,
  title: id,
  created_at: time.toISOString(),
  updated_at: time.toISOString(),
  grounding: { enabled: false, document_ids: [] },
  streaming: false,
});

it("puts conversations under the days people think of", () => {
  const now = new Date(2026, 10, 21, 0, 30);
  const groups = groupByDate(
    [
      at("now", now),
      at("just before midnight", new Date(2026, 10, 20, 23, 59)),
      at("three days", new Date(2026, 10, 18, 12)),
      at("three weeks", new Date(2026, 10, 1, 12)),
      at("september", new Date(2026, 8, 2, 12)),
    ],
    now,
  );
  expect(groups.map((group) => [group.key, group.conversations.map((entry) => entry.id)])).toEqual([
    ["today", ["now"]],
    ["yesterday", ["just before midnight"]],
    ["week", ["three days"]],
    ["month", ["three weeks"]],
    ["2026-09", ["september"]],
  ]);
});
