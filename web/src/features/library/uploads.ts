/** Uploads under way: a few at a time, each with its own progress and its own end. */
import { problemFrom, unreachable } from "@/lib/client";
import { createStore } from "@/lib/store";
import type { Document, UploadedFile, UploadResult } from "@/lib/types";
import type { GivenFile } from "./dropped-files";

export type UploadState = "waiting" | "sending" | "sent" | "duplicate" | "failed" | "cancelled";

export interface Upload {
  id: number;
  path: string;
  sizeBytes: number;
  state: UploadState;
  /** Sent so far, from 0 to 1. */
  progress: number;
  documentId?: string;
  error?: { message: string; hint: string | undefined };
}

/** Enough to keep the connection busy, few enough for the server to say early what it refuses. */
const AT_ONCE = 3;

export const uploads = createStore<readonly Upload[]>([]);

const files = new Map<number, File>();
const requests = new Map<number, XMLHttpRequest>();
let lastId = 0;

export type OnDocument = (document: Document) => void;

export function addUploads(given: readonly GivenFile[], onDocument: OnDocument): void {
  const added = given.map(({ file, path }): Upload => {
    lastId += 1;
    files.set(lastId, file);
    return { id: lastId, path, sizeBytes: file.size, state: "waiting", progress: 0 };
  });
  uploads.set((all) => [...all, ...added]);
  startNext(onDocument);
}

export function cancelUpload(id: number): void {
  requests.get(id)?.abort();
  change(id, { state: "cancelled" });
  files.delete(id);
}

/** Sends a refused or broken file once more. */
export function retryUpload(id: number, onDocument: OnDocument): void {
  uploads.set((all) =>
    all.map((upload) =>
      upload.id === id ? { id, path: upload.path, sizeBytes: upload.sizeBytes, state: "waiting", progress: 0 } : upload,
    ),
  );
  startNext(onDocument);
}

export function clearUploads(): void {
  for (const upload of uploads.get())
    if (upload.state === "failed" || upload.state === "cancelled") files.delete(upload.id);
  uploads.set((all) => all.filter((upload) => upload.state === "waiting" || upload.state === "sending"));
}

function change(id: number, next: Partial<Upload>): void {
  uploads.set((all) => all.map((upload) => (upload.id === id ? { ...upload, ...next } : upload)));
}

function startNext(onDocument: OnDocument): void {
  const all = uploads.get();
  const free = AT_ONCE - all.filter((upload) => upload.state === "sending").length;
  for (const upload of all.filter((entry) => entry.state === "waiting").slice(0, free)) {
    change(upload.id, { state: "sending" });
    send(upload, onDocument);
  }
}

/** `fetch` cannot say how far an upload is, so this is the one older request of the page. */
function send(upload: Upload, onDocument: OnDocument): void {
  const file = files.get(upload.id);
  if (!file) return;
  const form = new FormData();
  form.append("files", file, upload.path);
  const call = new XMLHttpRequest();
  requests.set(upload.id, call);
  call.upload.addEventListener(
    "progress",
    (event) => event.lengthComputable && change(upload.id, { progress: event.loaded / event.total }),
  );
  call.addEventListener("load", () => finish(upload.id, outcome(call), onDocument));
  call.addEventListener("error", () => {
    const { message, hint } = unreachable();
    finish(upload.id, { state: "failed", error: { message, hint } }, onDocument);
  });
  call.addEventListener("abort", () => startNext(onDocument));
  call.open("POST", "/api/library/documents");
  call.setRequestHeader("accept", "application/json");
  call.send(form);
}

type Outcome = Partial<Upload> & { document?: Document };

function outcome(call: XMLHttpRequest): Outcome {
  if (call.status < 200 || call.status >= 300) {
    const { message, hint } = problemFrom(call.status, call.responseText);
    return { state: "failed", error: { message, hint } };
  }
  const first: UploadedFile | undefined = (JSON.parse(call.responseText) as UploadResult).files[0];
  if (first?.error)
    return { state: "failed", error: { message: first.error.message, hint: first.error.hint ?? undefined } };
  if (!first?.document)
    return { state: "failed", error: { message: problemFrom(call.status, "").message, hint: undefined } };
  return {
    state: first.duplicate ? "duplicate" : "sent",
    progress: 1,
    documentId: first.document.id,
    document: first.document,
  };
}

function finish(id: number, { document, ...result }: Outcome, onDocument: OnDocument): void {
  requests.delete(id);
  if (result.state !== "failed") files.delete(id);
  change(id, result);
  if (document) onDocument(document);
  startNext(onDocument);
}
