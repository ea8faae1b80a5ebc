/** Figures, times and sizes as people read them. */
import { ltr } from "./i18n/bidi";
import { direction, locale } from "./i18n/language";
import { toNanos } from "./money";

/** Made once, when it is first needed: by then the language is known. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Figures with their unit stay in one piece and in their order, also between words that run from right to left. */
function inOnePiece(figure: string): string {
  return direction() === "rtl" ? ltr(figure) : figure;
}

const number = once(() => new Intl.NumberFormat(locale()));
const compactNumber = once(() => new Intl.NumberFormat(locale(), { notation: "compact", maximumFractionDigits: 1 }));

export function formatCount(value: number): string {
  return number().format(value);
}

/** `128K` for context windows and token counts in small places. */
export function formatCompact(value: number): string {
  return compactNumber().format(value);
}

/** `0.42 s`, `340 ms`, `1 m 12 s`. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return inOnePiece(`${Math.round(ms)} ms`);
  if (ms < 60_000) return inOnePiece(`${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`);
  return inOnePiece(`${Math.floor(ms / 60_000)} m ${Math.round((ms % 60_000) / 1_000)} s`);
}

/** A wait in whole seconds: `21 s`, `3 m 5 s`, `2 h`. */
export function formatWait(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return inOnePiece(`${whole} s`);
  if (whole < 3_600) return inOnePiece(`${Math.floor(whole / 60)} m${whole % 60 > 0 ? ` ${whole % 60} s` : ""}`);
  const minutes = whole % 3_600 >= 60 ? ` ${Math.floor((whole % 3_600) / 60)} m` : "";
  return inOnePiece(`${Math.floor(whole / 3_600)} h${minutes}`);
}

export function formatBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return inOnePiece(`${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`);
}

/** Dollars with as many decimals as the amount needs to be read: `$12.40`, `$0.0031`, `$0.00`. */
export function formatMoney(dollars: string | null | undefined): string {
  const nanos = toNanos(dollars);
  if (nanos === undefined) return "–";
  const value = Number(nanos) / 1e9;
  const size = Math.abs(value);
  const decimals = size === 0 || size >= 1 ? 2 : size >= 0.01 ? 4 : size >= 0.0001 ? 6 : 9;
  const text = size.toFixed(decimals).replace(/(\.\d\d\d*?)0+$/, "$1");
  return inOnePiece(`${value < 0 ? "−" : ""}$${text}`);
}

/** A part of a whole, 0 to 1: `9.8 %`. */
export function formatShare(share: number, decimals = 1): string {
  return inOnePiece(`${(share * 100).toFixed(decimals)} %`);
}

const clock = once(() => new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hour12: false }));
const dayAndClock = once(
  () =>
    new Intl.DateTimeFormat(locale(), {
      month: "short",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      hour12: false,
    }),
);
const fullDate = once(
  () => new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" }),
);
const shortDay = once(() => new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric", timeZone: "UTC" }));
const longDay = once(
  () => new Intl.DateTimeFormat(locale(), { weekday: "long", month: "long", day: "numeric", timeZone: "UTC" }),
);
const monthAndYear = once(() => new Intl.DateTimeFormat(locale(), { month: "long", year: "numeric", timeZone: "UTC" }));

/** `September 2026` for `2026-09`. */
export function formatMonth(month: string): string {
  return monthAndYear().format(new Date(`${month}-01T00:00:00Z`));
}

/** The time of day for today, day and time before. */
export function formatWhen(time: string, now: Date = new Date()): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return date.toDateString() === now.toDateString() ? clock().format(date) : dayAndClock().format(date);
}

export function formatFull(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : fullDate().format(date);
}

/** `Nov 21` for a day of the API. */
export function formatDay(day: string): string {
  return shortDay().format(new Date(`${day}T00:00:00Z`));
}

export function formatLongDay(day: string): string {
  return longDay().format(new Date(`${day}T00:00:00Z`));
}

const dayOfYear = once(
  () => new Intl.DateTimeFormat(locale(), { year: "numeric", month: "long", day: "numeric", timeZone: "UTC" }),
);

/** A date as exact as it is known: `1999`, `1999-05` or `1999-05-03`. */
export function formatPartialDate(date: string): string {
  if (/^\d{4}-\d\d$/.test(date)) return formatMonth(date);
  return /^\d{4}-\d\d-\d\d$/.test(date) ? dayOfYear().format(new Date(`${date}T00:00:00Z`)) : date;
}

/** A language's own tag (`de-AT`) as people call it; the tag where nobody knows it. */
export function formatLanguage(tag: string): string {
  try {
    return new Intl.DisplayNames([locale()], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

const list = once(() => new Intl.ListFormat(locale(), { type: "unit" }));

/** Names one after the other. */
export function formatList(names: readonly string[]): string {
  return list().format(names);
}

/** The day of the API, in UTC, so many days before now. */
export function dayBefore(days: number, now: Date = new Date()): string {
  return new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10);
}
