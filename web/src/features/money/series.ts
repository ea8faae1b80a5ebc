/** Reports of the server as what the charts show: every stretch of time, and the few parts worth a colour. */
import { sumDollars, toNanos } from "@/lib/money";
import type { MoneyReport } from "@/lib/types";
import type { Slot } from "./chart";

/** Parts that get a colour of their own; the others share one. */
export const COLOURS = 6;
export const OTHERS = "(all others)";

const HOUR_MS = 3_600_000;

/** Every hour or day of a report, the empty ones too, split into the dearest parts. */
export function slotsOf(report: MoneyReport): { slots: Slot[]; parts: string[] } {
  const parts = dearest(report);
  const byName = new Map<string, Map<string, string[]>>();
  for (const row of report.rows) {
    const name = row.part ?? "";
    const part = parts.includes(name) ? name : OTHERS;
    const slot = byName.get(row.name) ?? new Map<string, string[]>();
    slot.set(part, [...(slot.get(part) ?? []), row.sums.cost_usd]);
    byName.set(row.name, slot);
  }
  const names = new Set([...timesOf(report), ...byName.keys()]);
  const shown = parts.length < new Set(report.rows.map((row) => row.part ?? "")).size ? [...parts, OTHERS] : parts;
  const slots = [...names].toSorted().map((name) => {
    const amounts = byName.get(name);
    const pieces = shown.map((part) => ({ name: part, usd: sumDollars(amounts?.get(part) ?? []) }));
    return { name, total: sumDollars(pieces.map((piece) => piece.usd)), parts: pieces };
  });
  return { slots, parts: shown };
}

/** The parts by what they cost in all, the dearest first. */
function dearest(report: MoneyReport): string[] {
  const costs = new Map<string, bigint>();
  for (const row of report.rows) {
    const part = row.part ?? "";
    costs.set(part, (costs.get(part) ?? 0n) + (toNanos(row.sums.cost_usd) ?? 0n));
  }
  const ordered = [...costs].toSorted(([oneName, one], [otherName, other]) =>
    one === other ? oneName.localeCompare(otherName) : one < other ? 1 : -1,
  );
  return ordered.slice(0, ordered.length > COLOURS ? COLOURS - 1 : COLOURS).map(([part]) => part);
}

/** The names of all hours or days that a report covers. */
export function timesOf(report: Pick<MoneyReport, "from" | "to" | "by">): string[] {
  const length = report.by === "hour" ? 13 : 10;
  const step = report.by === "hour" ? HOUR_MS : 24 * HOUR_MS;
  const names: string[] = [];
  const end = new Date(report.to).getTime();
  for (let at = Math.floor(new Date(report.from).getTime() / step) * step; at < end; at += step)
    names.push(new Date(at).toISOString().slice(0, length));
  return names;
}
