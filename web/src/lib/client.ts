/** The one place that calls the server. A refused call throws an `ApiError` with the server's code and hint. */
import { readEvents } from "./sse";
import type { Problem } from "./types";

/** A call that failed: `status` is 0 when the server could not be reached at all. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly correlationId: string | undefined;

  constructor(problem: Partial<Problem> & { status: number; detail: string }) {
    super(problem.detail);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code ?? "unknown";
    this.hint = problem.hint ?? undefined;
    this.correlationId = problem.correlation_id ?? undefined;
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** The address of a call: empty and missing parameters are left out. */
export function address(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Calls the server with JSON and gives its JSON; nothing for 204. */
export async function request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<T> {
  const init: RequestInit = { method, headers: { accept: "application/json" } };
  if (options.signal) init.signal = options.signal;
  if (options.body !== undefined) {
    init.headers = { accept: "application/json", "content-type": "application/json" };
    init.body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(address(path, options.query), init);
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw unreachable();
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** Sends files or bytes as they are, and gives the server's JSON. */
export async function send<T>(method: "POST" | "PUT", path: string, body: FormData | Blob): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { method, headers: { accept: "application/json" }, body });
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as T;
}

/** Sends files, and tells each step of what the server makes of them, until its end or until `signal`. */
export async function sendFollowed<Step>(
  path: string,
  body: FormData,
  signal: AbortSignal,
  onStep: (step: Step) => void,
): Promise<void> {
  const lost = (error: unknown) => {
    throw signal.aborted ? error : unreachable();
  };
  const response = await fetch(path, { method: "POST", headers: { accept: "text/event-stream" }, body, signal }).catch(
    lost,
  );
  if (!response.ok || !response.body) throw await problemOf(response);
  await readEvents(response.body, (event) => {
    if (event) onStep(JSON.parse(event.data) as Step);
  }).catch(lost);
}

/** Fetches a file, with the name that the server gives it. */
export async function fetchFile(path: string): Promise<File> {
  let response: Response;
  try {
    response = await fetch(path);
  } catch {
    throw unreachable();
  }
  if (!response.ok) throw await problemOf(response);
  const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  const content = await response.blob();
  return new File([content], name ? decodeURIComponent(name) : "familiar", { type: content.type });
}

/** The error for a server that does not answer. */
export function unreachable(): ApiError {
  return new ApiError({
    status: 0,
    code: "unreachable",
    detail: "Familiar does not answer",
    hint: "check that the program is still running; the page reconnects by itself",
  });
}

/** Reads a refused response; also one that is not problem+json, such as a proxy's page. */
export async function problemOf(response: Response): Promise<ApiError> {
  return problemFrom(response.status, await response.text().catch(() => ""));
}

/** As `problemOf`, from the parts. */
export function problemFrom(status: number, body: string): ApiError {
  try {
    const problem = JSON.parse(body) as Partial<Problem>;
    if (typeof problem.detail === "string") return new ApiError({ ...problem, status, detail: problem.detail });
  } catch {
    // Not JSON: the status is all there is.
  }
  return new ApiError({ status, code: `http_${status}`, detail: `the server answered with status ${status}` });
}

/** What to tell a person about any thrown thing. */
export function describeError(error: unknown): {
  message: string;
  hint: string | undefined;
  correlationId: string | undefined;
} {
  if (error instanceof ApiError) {
    // Of a refusal the log knows no more than what is told; of the server's own faults it does.
    const correlationId = error.status === 500 ? error.correlationId : undefined;
    return { message: error.message, hint: error.hint, correlationId };
  }
  return { message: error instanceof Error ? error.message : String(error), hint: undefined, correlationId: undefined };
}
