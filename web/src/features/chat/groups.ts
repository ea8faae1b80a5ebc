/** Puts conversations under dates, as the sidebar shows them. */
import type { Conversation } from "@/lib/types";

export interface Group {
  /** `today`, `yesterday`, `week`, `month`, or a month as `2026-09`. */
  key: string;
  conversations: Conversation[];
}

const DAY_MS = 86_400_000;

export function groupByDate(conversations: readonly Conversation[], now: Date = new Date()): Group[] {
  const groups = new Map<string, Conversation[]>();
  for (const conversation of conversations) {
    const key = groupOf(new Date(conversation.updated_at), now);
    const list = groups.get(key);
    if (list) list.push(conversation);
    else groups.set(key, [conversation]);
  }
  return [...groups].map(([key, list]) => ({ key, conversations: list }));
}

function groupOf(time: Date, now: Date): string {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const at = time.getTime();
  if (at >= midnight) return "today";
  if (at >= midnight - DAY_MS) return "yesterday";
  if (at >= midnight - 7 * DAY_MS) return "week";
  if (at >= midnight - 30 * DAY_MS) return "month";
  return `${time.getFullYear()}-${String(time.getMonth() + 1).padStart(2, "0")}`;
}
