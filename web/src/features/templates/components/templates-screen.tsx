/** The prompt templates, by category. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Copy, Ellipsis, FileInput, FileOutput, FileText, PencilLine, Plus, Trash2 } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { useDownload } from "@/lib/api/download";
import { templatesQuery } from "@/lib/api/templates";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { locale } from "@/lib/i18n/language";
import type { TemplateSummary } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { Menu } from "@/ui/menu";
import { PageFrame } from "@/ui/page-frame";
import { exportAddress, FORMS, useDeleteTemplate, useDuplicateTemplate } from "../api";
import { ImportDialog } from "./import-dialog";
import "../templates.css";

const route = getRouteApi("/templates");

export function TemplatesScreen() {
  const { q = "" } = route.useSearch();
  const go = route.useNavigate();
  const navigate = useNavigate();
  const download = useDownload();
  const [typed, setTyped] = useState(q);
  const [importing, setImporting] = useState(false);
  const list = useQuery(templatesQuery(useDeferredValue(typed.trim())));
  const make = () => void navigate({ to: "/templates/$templateId", params: { templateId: "new" } });
  const actions = (
    <>
      <Menu
        label={text.templates.exportAll}
        trigger={<IconButton icon={FileOutput} label={text.templates.exportAll} tone="plain" />}
        items={FORMS.map((form) => ({
          id: form,
          label: text.templates.forms[form],
          icon: FileOutput,
          run: () => download.mutate(exportAddress(form)),
        }))}
      />
      <Button icon={FileInput} onClick={() => setImporting(true)}>
        {text.templates.import}
      </Button>
      <Button tone="primary" icon={Plus} onClick={make}>
        {text.templates.new}
      </Button>
    </>
  );
  return (
    <PageFrame title={text.templates.title} lead={text.templates.lead} actions={actions}>
      <input
        className="input"
        type="search"
        aria-label={text.templates.search}
        placeholder={text.templates.search}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          void go({ search: (before) => ({ ...before, q: event.target.value || undefined }), replace: true });
        }}
      />
      {list.error ? (
        <Failure
          failure={describeError(list.error)}
          retryLabel={text.common.retry}
          onRetry={() => void list.refetch()}
        />
      ) : list.data ? (
        <Categories templates={list.data} searched={typed.trim() !== ""} onNew={make} />
      ) : (
        <Skeleton lines={6} label={text.common.loading} />
      )}
      {importing ? <ImportDialog onClose={() => setImporting(false)} /> : undefined}
    </PageFrame>
  );
}

function Categories({
  templates,
  searched,
  onNew,
}: {
  templates: readonly TemplateSummary[];
  searched: boolean;
  onNew: () => void;
}) {
  if (templates.length === 0)
    return (
      <Empty
        icon={FileText}
        title={searched ? text.templates.noneFound : text.templates.none}
        actions={searched ? undefined : <Button onClick={onNew}>{text.templates.new}</Button>}
      >
        {searched ? text.templates.noneFoundHint : text.templates.noneHint}
      </Empty>
    );
  const byName = new Intl.Collator(locale());
  const names = [...new Set(templates.map((template) => template.category))].toSorted(
    // What has no category comes last.
    (one, other) => Number(one === "") - Number(other === "") || byName.compare(one, other),
  );
  return names.map((name) => (
    <section key={name} className="template-category" aria-label={name || text.templates.noCategory}>
      <h2 dir="auto">{name || text.templates.noCategory}</h2>
      <ul className="template-list">
        {templates
          .filter((template) => template.category === name)
          .map((template) => (
            <Row key={template.id} template={template} />
          ))}
      </ul>
    </section>
  ));
}

function Row({ template }: { template: TemplateSummary }) {
  const { id, title, command, description } = template;
  const navigate = useNavigate();
  const download = useDownload();
  const duplicate = useDuplicateTemplate();
  const remove = useDeleteTemplate();
  const open = (templateId: string) => void navigate({ to: "/templates/$templateId", params: { templateId } });
  return (
    <li className="template-row">
      <Link to="/templates/$templateId" params={{ templateId: id }} className="template-link">
        <strong dir="auto">{title}</strong>
        <code className="template-command">/{command}</code>
        {description ? (
          <span className="template-about" dir="auto">
            {description}
          </span>
        ) : undefined}
      </Link>
      <Menu
        trigger={<IconButton icon={Ellipsis} label={text.templates.actionsOf(title)} size="small" />}
        items={[
          { id: "edit", label: text.templates.edit, icon: PencilLine, run: () => open(id) },
          {
            id: "duplicate",
            label: text.templates.duplicate,
            icon: Copy,
            run: () => duplicate.mutate(id, { onSuccess: (kept) => open(kept.id) }),
          },
          {
            id: "export",
            label: text.templates.export,
            icon: FileOutput,
            run: () => download.mutate(exportAddress("familiar", [id])),
          },
          {
            id: "delete",
            label: text.templates.delete,
            icon: Trash2,
            danger: true,
            run: () => remove.mutate({ id, title }),
          },
        ]}
      />
    </li>
  );
}
