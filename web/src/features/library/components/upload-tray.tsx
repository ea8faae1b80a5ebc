/** What becomes of the files that were given: sent, read, and ready or refused with the reason. */
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, RotateCcw, X } from "lucide-react";
import { useState } from "react";
import { documentQuery, isSettled } from "@/lib/api/documents";
import { text } from "@/lib/i18n";
import { useStore } from "@/lib/store";
import type { Document } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Progress } from "@/ui/feedback";
import { cancelUpload, clearUploads, retryUpload, uploads, type Upload } from "../uploads";
import { useOnDocument } from "../use-add-files";

export function UploadTray() {
  const all = useStore(uploads);
  const [open, setOpen] = useState(true);
  if (all.length === 0) return undefined;
  const under = all.filter((upload) => upload.state === "waiting" || upload.state === "sending").length;
  return (
    <section className="tray" aria-label={text.library.uploads}>
      <header className="tray-head">
        <h2>
          <span role="status">{under > 0 ? text.library.uploading(under) : text.library.uploaded(all.length)}</span>
        </h2>
        <IconButton
          icon={open ? ChevronDown : ChevronUp}
          label={open ? text.common.collapse : text.common.expand}
          size="small"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
        <IconButton
          icon={X}
          label={text.library.clearUploads}
          size="small"
          onClick={clearUploads}
          disabled={under > 0}
        />
      </header>
      {open ? (
        <ul className="tray-list">
          {all.map((upload) => (
            <TrayRow key={upload.id} upload={upload} />
          ))}
        </ul>
      ) : undefined}
    </section>
  );
}

function TrayRow({ upload }: { upload: Upload }) {
  const onDocument = useOnDocument();
  return (
    <li className="tray-row">
      <div className="tray-line">
        <span className="tray-name" title={upload.path}>
          {upload.path}
        </span>
        {upload.state === "waiting" || upload.state === "sending" ? (
          <IconButton
            icon={X}
            label={text.library.cancelUpload(upload.path)}
            size="small"
            onClick={() => cancelUpload(upload.id)}
          />
        ) : undefined}
        {upload.state === "failed" ? (
          <IconButton
            icon={RotateCcw}
            label={text.library.retryUpload(upload.path)}
            size="small"
            onClick={() => retryUpload(upload.id, onDocument)}
          />
        ) : undefined}
      </div>
      {upload.documentId ? (
        <DocumentProgress id={upload.documentId} duplicate={upload.state === "duplicate"} />
      ) : (
        <SendingState upload={upload} />
      )}
    </li>
  );
}

function SendingState({ upload }: { upload: Upload }) {
  if (upload.state === "failed") {
    return (
      <p className="tray-error" role="alert">
        {upload.error?.message}
        {upload.error?.hint ? `; ${upload.error.hint}` : ""}
      </p>
    );
  }
  return (
    <>
      <Progress
        value={upload.state === "cancelled" ? 0 : upload.progress}
        label={text.library.sendingProgress(upload.path)}
      />
      <p className="tray-state">{text.library.uploadState(upload.state)}</p>
    </>
  );
}

function DocumentProgress({ id, duplicate }: { id: string; duplicate: boolean }) {
  const { data: document } = useQuery(documentQuery(id));
  if (!document) return undefined;
  return (
    <>
      {isSettled(document) ? undefined : (
        <Progress value={document.progress} label={text.library.readingProgress(document.title)} />
      )}
      <p className={document.status === "failed" ? "tray-error" : "tray-state"}>
        {duplicate && isSettled(document) ? text.library.duplicate : documentState(document)}
      </p>
    </>
  );
}

/** Where a document stands, in words. */
export function documentState(document: Document): string {
  switch (document.status) {
    case "queued":
      return text.library.queued;
    case "processing":
      return text.library.processing(document.stage ?? undefined, document.progress ?? undefined);
    case "ready":
      return text.library.ready(document.pages ?? undefined, document.chunks);
    case "failed":
      return [document.error?.message ?? text.library.failed, document.error?.hint].filter(Boolean).join("; ");
  }
}
