/** The head of a comparison: its name, another column, reports, and what else can be done with it. */
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, Download, EllipsisVertical, Pencil, Plus, Printer, Trash2 } from "lucide-react";
import { useState } from "react";
import { text } from "@/lib/i18n";
import type { CompareDetail } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Badge } from "@/ui/feedback";
import { Menu, type MenuItem } from "@/ui/menu";
import { RenameDialog } from "@/ui/rename-dialog";
import { reportAddress, useAddColumn, usePatch, useRemove } from "../api";
import { MOST_COLUMNS } from "./column-chips";
import { ColumnPicker } from "./column-picker";

export function ComparisonHead({ detail }: { detail: CompareDetail }) {
  const { id, title, mode, columns } = detail.head;
  const [renaming, setRenaming] = useState(false);
  const add = useAddColumn(id);
  const remove = useRemove();
  const navigate = useNavigate();
  const reports: MenuItem[] = [
    ...(["markdown", "html", "json"] as const).map((format) => ({
      id: format,
      label: text.compare.reportAs({ markdown: "Markdown", html: "HTML", json: "JSON" }[format]),
      icon: Download,
      run: () => location.assign(reportAddress(id, format)),
    })),
    { id: "print", label: text.compare.print, icon: Printer, run: () => window.print() },
  ];
  const more: MenuItem[] = [
    { id: "rename", label: text.common.rename, icon: Pencil, run: () => setRenaming(true) },
    {
      id: "delete",
      label: text.common.delete,
      icon: Trash2,
      danger: true,
      run: () => remove.mutate({ id, title }, { onSuccess: () => void navigate({ to: "/compare" }) }),
    },
  ];
  return (
    <header className="compare-title">
      <Link to="/compare" className="button icon-button button-quiet" aria-label={text.compare.back}>
        <ArrowLeft size={17} aria-hidden />
      </Link>
      <h1 className="as-named" dir="auto">
        {title}
      </h1>
      {mode === "open" ? undefined : (
        <Badge tone={mode === "blind" ? "accent" : "neutral"}>{text.compare.modeName(mode)}</Badge>
      )}
      <span className="compare-head-tools">
        {columns.length < MOST_COLUMNS && mode !== "blind" ? (
          <ColumnPicker
            trigger={
              <button type="button" className="button button-plain" aria-label={text.compare.addColumn}>
                <Plus size={16} aria-hidden />
                <span className="compare-wide-only">{text.compare.addColumn}</span>
              </button>
            }
            onPick={(column) => add.mutate(column)}
          />
        ) : undefined}
        <Menu
          label={text.compare.report}
          items={reports}
          trigger={
            <button type="button" className="button button-plain" aria-label={text.compare.report}>
              <Download size={16} aria-hidden />
              <span className="compare-wide-only">{text.compare.report}</span>
            </button>
          }
        />
        <Menu
          label={text.sidebar.commandsFor(title)}
          items={more}
          trigger={<IconButton icon={EllipsisVertical} label={text.sidebar.commandsFor(title)} />}
        />
      </span>
      {renaming ? <Rename id={id} title={title} onClose={() => setRenaming(false)} /> : undefined}
    </header>
  );
}

function Rename({ id, title, onClose }: { id: string; title: string; onClose: () => void }) {
  const patch = usePatch(id);
  return (
    <RenameDialog
      open
      heading={text.compare.rename}
      title={title}
      busy={patch.isPending}
      onRename={(typed) => patch.mutate({ title: typed }, { onSuccess: onClose })}
      onClose={onClose}
    />
  );
}
