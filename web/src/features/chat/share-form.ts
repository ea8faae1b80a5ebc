/** What a person chooses of a link, and what of it goes to the server. */
import type { CreateShare, Share, ShareShown, UpdateShare } from "@/lib/types";

export const ENDS = ["never", "day", "week", "month", "date"] as const;
export type End = (typeof ENDS)[number] | "keep";

export interface ShareChoice {
  shown: ShareShown;
  end: End;
  /** The last day, where `end` is a date: `2026-11-21`. */
  date: string;
  password: string;
}

export const NOTHING: ShareShown = { system: false, sources: false, reasoning: false, costs: false };
const DAYS: Partial<Record<End, number>> = { day: 1, week: 7, month: 30 };
const DAY_MS = 86_400_000;

/** What a form begins with: of a new link, or of one that is there. */
export function choiceOf(share: Share | undefined): ShareChoice {
  return { shown: share?.shown ?? NOTHING, end: share ? "keep" : "month", date: "", password: "" };
}

/** The moment that was chosen: empty for never, missing where it stays as it is. The last day is meant to be included. */
export function endOf(choice: ShareChoice, now: Date): string | undefined {
  const days = DAYS[choice.end];
  if (days !== undefined) return new Date(now.getTime() + days * DAY_MS).toISOString();
  if (choice.end === "keep") return undefined;
  if (choice.end === "never" || choice.date === "") return "";
  const [year = 0, month = 1, day = 1] = choice.date.split("-").map(Number);
  return new Date(year, month - 1, day + 1).toISOString();
}

export function createOf(conversationId: string, choice: ShareChoice, now: Date): CreateShare {
  const body: CreateShare = { conversation_id: conversationId, shown: choice.shown };
  const end = endOf(choice, now);
  if (end) body.expires_at = end;
  if (choice.password !== "") body.password = choice.password;
  return body;
}

/** Only what was changed: another choice of what is shown makes the copy anew. */
export function changeOf(share: Share, choice: ShareChoice, now: Date): UpdateShare {
  const change: UpdateShare = {};
  const end = endOf(choice, now);
  if (end !== undefined) change.expires_at = end;
  if (choice.password !== "") change.password = choice.password;
  if (isOther(share.shown, choice.shown)) change.shown = choice.shown;
  return change;
}

function isOther(before: ShareShown, after: ShareShown): boolean {
  const names = Object.keys(NOTHING) as (keyof ShareShown)[];
  return names.some((name) => before[name] !== after[name]);
}

/** A day as a date field has it. */
export function dayOf(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
