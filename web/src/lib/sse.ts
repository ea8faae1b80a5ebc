/** Server-sent events over fetch: a pure parser, and a stream that reconnects behind the last event it saw. */

export interface ServerEvent {
  id: string | undefined;
  event: string;
  data: string;
}

/** Cuts a stream of text into events, however it was split on the way. */
export class SseParser {
  private buffer = "";
  private id: string | undefined;
  private event = "";
  private data: string[] = [];
  /** How long the server asked to wait before a new connection, in milliseconds. */
  retryMs: number | undefined;

  push(text: string): ServerEvent[] {
    this.buffer += text;
    const events: ServerEvent[] = [];
    for (;;) {
      const end = this.buffer.search(/[\r\n]/);
      if (end < 0) break;
      const isReturn = this.buffer[end] === "\r";
      // A return at the very end may be half of a line end; the rest of it comes with the next piece.
      if (isReturn && end === this.buffer.length - 1) break;
      const line = this.buffer.slice(0, end);
      this.buffer = this.buffer.slice(end + (isReturn && this.buffer[end + 1] === "\n" ? 2 : 1));
      const complete = this.line(line);
      if (complete) events.push(complete);
    }
    return events;
  }

  private line(line: string): ServerEvent | undefined {
    if (line === "") return this.dispatch();
    if (line.startsWith(":")) return undefined;
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.event = value;
    else if (field === "id") this.id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value);
    return undefined;
  }

  private dispatch(): ServerEvent | undefined {
    const { data, event } = this;
    this.data = [];
    this.event = "";
    if (data.length === 0) return undefined;
    return { id: this.id, event: event === "" ? "message" : event, data: data.join("\n") };
  }
}

export type StreamState = "connecting" | "open" | "waiting";

export interface StreamOptions {
  onEvent: (event: ServerEvent) => void;
  onState?: (state: StreamState) => void;
}

const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8_000;
/** The server sends a comment every 15 s; three missed ones mean that the connection is dead. */
const SILENCE_MS = 45_000;

/** Opens a stream and keeps it open until the returned function is called. */
export function openStream(path: string, options: StreamOptions): () => void {
  const closed = new AbortController();
  void run(path, options, closed.signal);
  return () => closed.abort();
}

async function run(path: string, options: StreamOptions, closed: AbortSignal): Promise<void> {
  let lastEventId: string | undefined;
  let waitMs = FIRST_WAIT_MS;
  while (!closed.aborted) {
    options.onState?.("connecting");
    try {
      await connect(path, lastEventId, closed, {
        onOpen: () => {
          waitMs = FIRST_WAIT_MS;
          options.onState?.("open");
        },
        onEvent: (event) => {
          lastEventId = event.id ?? lastEventId;
          options.onEvent(event);
        },
      });
    } catch {
      // Whatever broke the connection, the answer is the same: try again a little later.
    }
    if (closed.aborted) return;
    options.onState?.("waiting");
    await pause(waitMs, closed);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

interface ConnectionHandlers {
  onOpen: () => void;
  onEvent: (event: ServerEvent) => void;
}

async function connect(
  path: string,
  lastEventId: string | undefined,
  closed: AbortSignal,
  handlers: ConnectionHandlers,
): Promise<void> {
  const connection = new AbortController();
  const abort = () => connection.abort();
  closed.addEventListener("abort", abort);
  let silence = setTimeout(abort, SILENCE_MS);
  try {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (lastEventId !== undefined) headers["last-event-id"] = lastEventId;
    const response = await fetch(path, { headers, signal: connection.signal, cache: "no-store" });
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    handlers.onOpen();
    await readEvents(response.body, (event) => {
      clearTimeout(silence);
      silence = setTimeout(abort, SILENCE_MS);
      if (event) handlers.onEvent(event);
    });
  } finally {
    clearTimeout(silence);
    closed.removeEventListener("abort", abort);
  }
}

/** Reads a stream to its end; what comes and is no event yet, such as a sign of life, is told as nothing. */
export async function readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onEvent: (event: ServerEvent | undefined) => void,
): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new SseParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onEvent(undefined);
    parser.push(value).forEach(onEvent);
  }
}

function pause(ms: number, closed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const finish = () => {
      clearTimeout(timer);
      resolve();
    };
    closed.addEventListener("abort", finish, { once: true });
    // A laptop that wakes up should not wait out the rest of the pause.
    window.addEventListener("online", finish, { once: true });
  });
}
