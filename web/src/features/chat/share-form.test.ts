import { expect, it } from "vitest";
import type { Share } from "@/lib/types";
import { changeOf, choiceOf, createOf, dayOf, endOf, NOTHING } from "./share-form";

const NOW = new Date(2026, 10, 21, 15, 30);
const share: Share = {
  id: "1",
  conversation_id: "c",
  path: "/s/x",
  title: "T",
  shown: { ...NOTHING, sources: true },
  messages: 2,
  has_password: true,
  created_at: "2026-11-20T00:00:00.000Z",
  updated_at: "2026-11-20T00:00:00.000Z",
  views: 0,
};

it("ends after days, on a last day that is included, or never", () => {
  const choice = choiceOf(undefined);
  expect(endOf({ ...choice, end: "day" }, NOW)).toBe(new Date(2026, 10, 22, 15, 30).toISOString());
  expect(endOf({ ...choice, end: "date", date: "2026-11-30" }, NOW)).toBe(new Date(2026, 11, 1).toISOString());
  expect(endOf({ ...choice, end: "never" }, NOW)).toBe("");
  expect(endOf({ ...choice, end: "keep" }, NOW)).toBeUndefined();
  expect(dayOf(NOW)).toBe("2026-11-21");
});

it("asks for what was chosen and leaves out what was not", () => {
  const choice = { ...choiceOf(undefined), end: "never" as const };
  expect(createOf("c", choice, NOW)).toEqual({ conversation_id: "c", shown: NOTHING });
  expect(createOf("c", { ...choice, password: "correct horse" }, NOW).password).toBe("correct horse");
});

it("changes only what was changed", () => {
  const choice = choiceOf(share);
  expect(changeOf(share, choice, NOW)).toEqual({});
  expect(changeOf(share, { ...choice, shown: NOTHING, end: "never" }, NOW)).toEqual({ shown: NOTHING, expires_at: "" });
});
