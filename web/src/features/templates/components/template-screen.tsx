/** A template: its words, what is asked for, and what becomes of it while one writes. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Copy, FileX, History, Save, Trash2 } from "lucide-react";
import { useState } from "react";
import { templateQuery, templatesQuery } from "@/lib/api/templates";
import { ApiError, describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { KeptTemplate, PromptTemplate } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Empty, Failure, Notice, Skeleton } from "@/ui/feedback";
import { TextAreaField, TextField } from "@/ui/field";
import { PageFrame } from "@/ui/page-frame";
import { showToast } from "@/ui/toast";
import { useDeleteTemplate, useDuplicateTemplate, useSaveTemplate } from "../api";
import { useEdits } from "../use-edits";
import { TemplatePreview } from "./template-preview";
import { VersionsDialog } from "./versions-dialog";
import "../templates.css";

const route = getRouteApi("/templates/$templateId");

export function TemplateScreen() {
  const { templateId } = route.useParams();
  const isNew = templateId === "new";
  const { data, error, refetch } = useQuery({ ...templateQuery(templateId), enabled: !isNew });
  if (isNew) return <Editor key="new" kept={undefined} />;
  if (error instanceof ApiError && (error.status === 404 || error.status === 422)) return <Missing />;
  if (!data || error)
    return (
      <PageFrame title={text.templates.words} lead={text.templates.editorLead} actions={undefined}>
        {error ? (
          <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
        ) : (
          <Skeleton lines={8} label={text.common.loading} />
        )}
      </PageFrame>
    );
  // What somebody else has saved meanwhile is shown when it is opened anew; saving over it is refused.
  return <Editor key={data.id} kept={data} />;
}

function Missing() {
  return (
    <Empty icon={FileX} title={text.templates.missing} heading="h1">
      {text.templates.missingHint}
    </Empty>
  );
}

function Editor({ kept: begun }: { kept: KeptTemplate | undefined }) {
  const [kept, setKept] = useState(begun);
  const edits = useEdits(kept);
  const { draft } = edits;
  const [history, setHistory] = useState(false);
  const save = useSaveTemplate();
  const navigate = useNavigate();
  const open = (templateId: string) => void navigate({ to: "/templates/$templateId", params: { templateId } });
  const keep = () => {
    if (save.isPending) return;
    save
      .mutateAsync(
        { kept, template: draft },
        {
          onSuccess: (next) => {
            setKept(next);
            if (!kept) void navigate({ to: "/templates/$templateId", params: { templateId: next.id }, replace: true });
          },
        },
      )
      // Also where somebody has gone elsewhere meanwhile; why it could not be saved stands above the form.
      .then(
        (next) => {
          edits.saved(draft, next);
          showToast({ text: text.templates.saved(next.version) });
        },
        () => undefined,
      );
  };
  return (
    <PageFrame
      title={kept?.template.title ?? text.templates.new}
      lead={text.templates.editorLead}
      actions={
        <>
          {kept ? <Kept kept={kept} onOpen={open} onHistory={() => setHistory(true)} /> : undefined}
          <Button tone="primary" icon={Save} busy={save.isPending} disabled={!edits.changed} onClick={keep}>
            {text.templates.save}
          </Button>
        </>
      }
    >
      {edits.found && edits.changed ? (
        <Notice
          title={text.templates.unsaved}
          hint={edits.behind && kept ? text.templates.unsavedOver(kept.version) : text.templates.unsavedHint}
          actions={<Button onClick={edits.discard}>{text.templates.discard}</Button>}
        />
      ) : undefined}
      {save.error ? <Failure failure={describeError(save.error)} /> : undefined}
      <div className="template-editor">
        <Form draft={draft} onChange={edits.change} onSave={() => edits.changed && keep()} />
        <TemplatePreview text={draft.text} />
      </div>
      {history && kept ? (
        <VersionsDialog
          kept={kept}
          onClose={() => setHistory(false)}
          onBack={(next) => {
            setKept(next);
            edits.discard();
            setHistory(false);
          }}
        />
      ) : undefined}
    </PageFrame>
  );
}

/** What can be done with a template that is kept. */
function Kept({
  kept,
  onOpen,
  onHistory,
}: {
  kept: KeptTemplate;
  onOpen: (id: string) => void;
  onHistory: () => void;
}) {
  const duplicate = useDuplicateTemplate();
  const remove = useDeleteTemplate();
  const navigate = useNavigate();
  const { id, template } = kept;
  const drop = () =>
    remove.mutate({ id, title: template.title }, { onSuccess: () => void navigate({ to: "/templates" }) });
  return (
    <>
      <IconButton icon={Trash2} label={text.templates.delete} onClick={drop} />
      <IconButton
        icon={Copy}
        label={text.templates.duplicate}
        onClick={() => duplicate.mutate(id, { onSuccess: (copy) => onOpen(copy.id) })}
      />
      <Button icon={History} onClick={onHistory}>
        {text.templates.versions}
      </Button>
    </>
  );
}

function Form({
  draft,
  onChange,
  onSave,
}: {
  draft: PromptTemplate;
  onChange: (part: Partial<PromptTemplate>) => void;
  onSave: () => void;
}) {
  const { data: all } = useQuery(templatesQuery());
  const categories = [...new Set((all ?? []).map((one) => one.category))].filter((name) => name !== "");
  return (
    <form
      className="template-form"
      aria-label={text.templates.words}
      onSubmit={(event) => {
        event.preventDefault();
        onSave();
      }}
    >
      <TextField
        label={text.templates.name}
        value={draft.title}
        maxLength={120}
        dir="auto"
        onChange={(event) => onChange({ title: event.target.value })}
      />
      <div className="template-pair">
        <TextField
          label={text.templates.command}
          hint={text.templates.commandHint}
          value={draft.command}
          maxLength={41}
          onChange={(event) => onChange({ command: event.target.value })}
        />
        <TextField
          label={text.templates.category}
          value={draft.category}
          maxLength={120}
          dir="auto"
          list="template-categories"
          onChange={(event) => onChange({ category: event.target.value })}
        />
        <datalist id="template-categories">
          {categories.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </datalist>
      </div>
      <TextField
        label={text.templates.description}
        value={draft.description}
        maxLength={1_000}
        dir="auto"
        onChange={(event) => onChange({ description: event.target.value })}
      />
      <TextAreaField
        label={text.templates.text}
        hint={text.templates.textHint}
        className="template-text"
        rows={14}
        dir="auto"
        spellCheck
        value={draft.text}
        onChange={(event) => onChange({ text: event.target.value })}
        onKeyDown={(event) => {
          if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          onSave();
        }}
      />
    </form>
  );
}
