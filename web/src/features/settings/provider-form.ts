/** What the form of a provider says, and what of it is sent: only what was changed, so that nothing kept is lost. */
import type { Provider, PutProvider } from "@/lib/types";

/** The fields as they were typed. */
export interface ProviderForm {
  baseUrl: string;
  apiKey: string;
  models: string;
  organisation: string;
  project: string;
  proxy: string;
  headers: string;
  forgetHeaders: boolean;
  /** Seconds, in the order of [`TIME_OUTS`]. */
  timeOuts: Record<TimeOut, string>;
}

export const TIME_OUTS = ["connect_ms", "first_byte_ms", "first_token_ms", "stall_ms", "total_ms"] as const;
export type TimeOut = (typeof TIME_OUTS)[number];

/** What the server waits for where nothing is set, in seconds. */
export const USUAL_SECONDS: Record<TimeOut, number> = {
  connect_ms: 10,
  first_byte_ms: 300,
  first_token_ms: 600,
  stall_ms: 120,
  total_ms: 1800,
};

/** A line of headers that cannot be read. */
export class HeaderLineError extends Error {
  constructor(readonly line: string) {
    super(line);
  }
}

/** Seconds for people of milliseconds on the wire. */
export function seconds(ms: number | null | undefined): string {
  return typeof ms === "number" ? String(ms / 1000) : "";
}

/** What is sent; throws [`HeaderLineError`] where a line of headers is none. */
export function putOf(vendor: string, form: ProviderForm, before: Provider | undefined): PutProvider {
  const put: PutProvider = { vendor, models: form.models.split(/[\s,]+/).filter(Boolean) };
  if (form.baseUrl) put.base_url = form.baseUrl;
  if (form.apiKey) put.api_key = form.apiKey;
  for (const field of ["organisation", "project", "proxy"] as const) {
    if (form[field] !== (before?.[field] ?? "")) put[field] = form[field];
  }
  const headers = headersOf(form.headers);
  if (Object.keys(headers).length > 0 || form.forgetHeaders) put.headers = headers;
  if (TIME_OUTS.some((name) => form.timeOuts[name] !== seconds(before?.timeouts[name]))) {
    const milliseconds = (typed: string) => (typed === "" ? null : Math.round(Number(typed) * 1000));
    const each = TIME_OUTS.map((name) => [name, milliseconds(form.timeOuts[name])] as const);
    put.timeouts = Object.fromEntries(each) as Record<TimeOut, number | null>;
  }
  return put;
}

function headersOf(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.split("\n").map((entry) => entry.trim())) {
    if (!line) continue;
    const colon = line.indexOf(":");
    const [name, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    if (colon < 1 || /\s/.test(name) || !value) throw new HeaderLineError(line);
    headers[name] = value;
  }
  return headers;
}
