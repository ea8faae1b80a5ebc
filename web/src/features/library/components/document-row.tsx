/** A document in the library's list. */
import { Ban, Download, Info, MoreHorizontal, RotateCw, Tags, Trash2 } from "lucide-react";
import { useState } from "react";
import { isSettled } from "@/lib/api/documents";
import { formatBytes, formatCount, formatFull, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Document } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Badge, Progress } from "@/ui/feedback";
import { Menu, type MenuItem } from "@/ui/menu";
import { showToast } from "@/ui/toast";
import { originalAddress, useCancelJob, useDeleteDocument, useReprocess, useRestoreDocument } from "../api";
import { DocumentDialog } from "./document-dialog";
import { TagsDialog } from "./tags-dialog";
import { documentState } from "./upload-tray";

export interface DocumentRowProps {
  document: Document;
  selected: boolean;
  onSelect: (selected: boolean) => void;
}

export function DocumentRow({ document, selected, onSelect }: DocumentRowProps) {
  const [open, setOpen] = useState<"details" | "tags">();
  const items = useDocumentCommands(document, setOpen);
  return (
    <tr className="document-row">
      <td data-label={text.library.columns.title}>
        <div className="document-cell">
          <label className="document-tick">
            <input
              type="checkbox"
              aria-label={text.folders.selectOne(document.title)}
              checked={selected}
              onChange={(event) => onSelect(event.target.checked)}
            />
          </label>
          <DocumentName document={document} />
        </div>
      </td>
      <td data-label={text.library.columns.status}>
        <DocumentStatusCell document={document} />
      </td>
      <td data-label={text.library.columns.format}>
        {document.format ? <Badge>{document.format}</Badge> : undefined}
        {document.kind ? <Badge>{text.documents.kindName(document.kind)}</Badge> : undefined}
      </td>
      <td className="end numeric" data-label={text.library.columns.pages}>
        {document.pages ?? "–"}
      </td>
      <td className="end numeric" data-label={text.library.columns.passages}>
        {formatCount(document.chunks)}
      </td>
      <td className="end numeric" data-label={text.library.columns.size}>
        {formatBytes(document.size_bytes)}
      </td>
      <td className="numeric" data-label={text.library.columns.added} title={formatFull(document.created_at)}>
        {formatWhen(document.created_at)}
      </td>
      <td className="document-commands">
        <Menu
          label={text.library.commandsFor(document.title)}
          trigger={<IconButton icon={MoreHorizontal} label={text.library.commandsFor(document.title)} size="small" />}
          items={items}
        />
        {open === "details" ? <DocumentDialog document={document} onClose={() => setOpen(undefined)} /> : undefined}
        {open === "tags" ? <TagsDialog documents={[document]} onClose={() => setOpen(undefined)} /> : undefined}
      </td>
    </tr>
  );
}

function DocumentName({ document }: { document: Document }) {
  return (
    <div className="document-name">
      <span className="document-title as-named" dir="auto">
        {document.title}
      </span>
      <span className="document-file">
        {document.handbook ? text.library.handbook : document.file_name}
        {document.author ? ` · ${document.author}` : ""}
        {document.publisher && document.publisher !== document.author ? ` · ${document.publisher}` : ""}
        {document.published ? ` · ${document.published.slice(0, 4)}` : ""}
      </span>
      {document.tags?.length ? (
        <span className="document-tags">
          {document.tags.map((tag) => (
            <span key={tag} className="document-tag as-named" dir="auto">
              {tag}
            </span>
          ))}
        </span>
      ) : undefined}
      {document.status === "failed" ? <span className="document-error">{documentState(document)}</span> : undefined}
      {document.warnings?.map((warning) => (
        <span key={warning} className="document-warning">
          {warning}
        </span>
      ))}
    </div>
  );
}

function DocumentStatusCell({ document }: { document: Document }) {
  if (document.status === "ready") return <Badge tone="good">{text.library.statusName("ready")}</Badge>;
  if (document.status === "failed") return <Badge tone="danger">{text.library.statusName("failed")}</Badge>;
  return (
    <div className="document-progress">
      <Progress value={document.progress} label={text.library.readingProgress(document.title)} />
      <span>{documentState(document)}</span>
    </div>
  );
}

function useDocumentCommands(document: Document, open: (dialog: "details" | "tags") => void): MenuItem[] {
  const remove = useDeleteDocument();
  const restore = useRestoreDocument();
  const reprocess = useReprocess();
  const cancel = useCancelJob();
  const jobId = document.job_id;
  const items: MenuItem[] = [
    { id: "details", label: text.library.details, icon: Info, run: () => open("details") },
    { id: "tags", label: text.folders.tags, icon: Tags, run: () => open("tags") },
    {
      id: "open",
      label: text.library.openOriginal,
      icon: Download,
      run: () => window.open(originalAddress(document), "_blank", "noopener"),
    },
    {
      id: "reprocess",
      label: text.library.reprocess,
      icon: RotateCw,
      disabled: !isSettled(document),
      run: () => reprocess.mutate(document.id),
    },
  ];
  if (!isSettled(document) && jobId)
    items.push({ id: "cancel", label: text.library.cancel, icon: Ban, run: () => cancel.mutate(jobId) });
  items.push({
    id: "delete",
    label: text.common.delete,
    icon: Trash2,
    danger: true,
    // As a promise, since the row itself may be gone before the answer comes; a refusal has its own message.
    run: () =>
      void remove.mutateAsync(document.id).then(
        () =>
          showToast({
            text: text.library.deleted(document.title),
            action: { label: text.common.undo, run: () => restore.mutate(document.id) },
          }),
        () => undefined,
      ),
  });
  return items;
}
