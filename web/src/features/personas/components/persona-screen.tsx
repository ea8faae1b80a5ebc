/** A persona: its form, what is to be said of it, and a conversation beside it that is not kept. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import {
  ChevronLeft,
  Copy,
  Download,
  History,
  MessageSquare,
  MoreHorizontal,
  Redo2,
  Share2,
  Trash2,
  Undo2,
  UserX,
} from "lucide-react";
import { useEffect, useReducer, useState, type KeyboardEvent } from "react";
import { modelsQuery } from "@/lib/api/models";
import { personaQuery } from "@/lib/api/personas";
import { ApiError, describeError, request } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Conversation, KeptPersona } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Empty, Failure, Notice, Skeleton } from "@/ui/feedback";
import { Menu } from "@/ui/menu";
import { showToast } from "@/ui/toast";
import { checkQuery, exportAddress, useDeletePersona, useDuplicatePersona, useRestorePersona } from "../api";
import { share } from "../share";
import { useDownload } from "@/lib/api/download";
import { begin, pause, redo, undo, write, type Draft, type Written } from "../model";
import { useAutosave, type Autosave } from "../use-autosave";
import { Findings } from "./findings";
import { HistoryDialog } from "./history-dialog";
import { PersonaForm } from "./persona-form";
import { PreviewChat } from "./preview-chat";
import { Statistics } from "./statistics";
import "../personas.css";

const CHECK_MS = 350;

export function PersonaScreen() {
  const { personaId } = useParams({ from: "/personas/$personaId" });
  const { data: kept, error, refetch } = useQuery(personaQuery(personaId));
  if (kept) return <Editor key={kept.id} kept={kept} />;
  if (error instanceof ApiError && (error.status === 404 || error.status === 422))
    return <Empty icon={UserX} title={text.personas.noneFound} heading="h1" />;
  return (
    <div className="page">
      <div className="page-inner">
        {error ? (
          <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
        ) : (
          <Skeleton lines={10} label={text.common.loading} />
        )}
      </div>
    </div>
  );
}

type Step =
  | { type: "write"; change: Partial<Draft>; field: string }
  | { type: "undo" | "redo" | "pause" }
  | { type: "begin"; kept: KeptPersona };

function reduce(written: Written, step: Step): Written {
  switch (step.type) {
    case "write":
      return write(written, step.change, step.field);
    case "undo":
      return undo(written);
    case "redo":
      return redo(written);
    case "pause":
      return pause(written);
    case "begin":
      return begin(step.kept.persona);
  }
}

function Editor({ kept }: { kept: KeptPersona }) {
  const [written, dispatch] = useReducer(reduce, kept.persona, begin);
  const draft = written.now;
  const { data: models } = useQuery(modelsQuery);
  const checked = useLater(draft, CHECK_MS);
  const check = useQuery(checkQuery(checked, models?.default));
  const mistake = check.data?.findings.find((finding) => finding.weight === "error")?.message;
  const looking = checked !== draft || check.isFetching;
  const autosave = useAutosave(kept, draft, looking ? "" : mistake);
  const [history, setHistory] = useState(false);
  const replace = (given: KeptPersona) => {
    dispatch({ type: "begin", kept: given });
    autosave.accept(given);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) dispatch({ type: "undo" });
    else if (key === "y" || (key === "z" && event.shiftKey)) dispatch({ type: "redo" });
    else return;
    event.preventDefault();
  };
  return (
    // The browser's own undo knows one field only; this one knows the whole persona, from the same keys.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section className="persona-page" aria-label={draft.name || text.personas.unnamed} onKeyDown={onKeyDown}>
      <header className="persona-head">
        <Link to="/personas" className="button icon-button button-quiet" aria-label={text.personas.back}>
          <ChevronLeft size={17} aria-hidden />
        </Link>
        <div className="persona-title">
          <h1>{draft.name.trim() || text.personas.unnamed}</h1>
          <SaveMark autosave={autosave} />
        </div>
        <IconButton
          icon={Undo2}
          label={text.common.undo}
          shortcut={["Ctrl", "Z"]}
          disabled={written.past.length === 0}
          onClick={() => dispatch({ type: "undo" })}
        />
        <IconButton
          icon={Redo2}
          label={text.personas.redo}
          shortcut={["Ctrl", "Shift", "Z"]}
          disabled={written.future.length === 0}
          onClick={() => dispatch({ type: "redo" })}
        />
        <IconButton icon={History} label={text.personas.history} onClick={() => setHistory(true)} />
        <Commands kept={kept} name={draft.name} />
      </header>
      <SaveProblem kept={kept} autosave={autosave} onTheirs={replace} />
      <div className="persona-columns">
        <div className="persona-form" onBlur={() => dispatch({ type: "pause" })}>
          <PersonaForm
            kept={kept}
            version={autosave.version}
            draft={draft}
            findings={check.data?.findings ?? []}
            onChange={(change, field) => dispatch({ type: "write", change, field })}
            onKept={autosave.accept}
          />
        </div>
        <aside className="persona-aside" aria-label={text.personas.preview}>
          <Findings check={check.data} />
          <PreviewChat draft={draft} greeting={check.data?.greeting ?? ""} models={models} />
          <Statistics id={kept.id} />
        </aside>
      </div>
      {history ? (
        <HistoryDialog
          id={kept.id}
          version={autosave.version}
          onClose={() => setHistory(false)}
          onBack={(given) => {
            replace(given);
            setHistory(false);
          }}
        />
      ) : undefined}
    </section>
  );
}

/** A value, once it rests. */
function useLater<T>(value: T, restMs: number): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), restMs);
    return () => clearTimeout(timer);
  }, [value, restMs]);
  return later;
}

function SaveMark({ autosave }: { autosave: Autosave }) {
  const { state, version } = autosave;
  const said = {
    saved: text.personas.saved(version),
    waiting: text.personas.unsaved,
    saving: text.personas.saving,
    refused: text.personas.notSaved,
    conflict: text.personas.notSaved,
  }[state.kind];
  return (
    <span className="field-hint" role="status" data-state={state.kind}>
      {said}
    </span>
  );
}

function SaveProblem({
  kept,
  autosave,
  onTheirs,
}: {
  kept: KeptPersona;
  autosave: Autosave;
  onTheirs: (kept: KeptPersona) => void;
}) {
  const client = useQueryClient();
  const { state } = autosave;
  if (state.kind === "refused") return <Notice tone="danger" live title={state.message} hint={state.hint} />;
  if (state.kind !== "conflict") return undefined;
  const fresh = () => client.fetchQuery({ ...personaQuery(kept.id), staleTime: 0 });
  return (
    <Notice
      tone="warn"
      live
      title={text.personas.conflict}
      hint={text.personas.conflictHint}
      actions={
        <>
          <Button onClick={() => void fresh().then(onTheirs)}>{text.personas.takeTheirs}</Button>
          <Button onClick={() => void fresh().then((theirs) => autosave.overwrite(theirs.version))}>
            {text.personas.keepMine}
          </Button>
        </>
      }
    />
  );
}

function Commands({ kept, name }: { kept: KeptPersona; name: string }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const duplicate = useDuplicatePersona();
  const remove = useDeletePersona();
  const restore = useRestorePersona();
  const talk = async () => {
    const cast = kept.persona.kind === "user" ? { user_persona_id: kept.id } : { persona_id: kept.id };
    const model = kept.persona.model;
    const conversation = await request<Conversation>("POST", "/api/conversations", {
      body: { cast, ...(model ? { model } : {}) },
    });
    void client.invalidateQueries({ queryKey: ["conversations"] });
    await navigate({ to: "/c/$conversationId", params: { conversationId: conversation.id } });
  };
  const download = useDownload();
  const send = useMutation({ mutationFn: share });
  const copy = async () => {
    const made = await duplicate.mutateAsync(kept.id);
    showToast({ text: text.personas.duplicated(name) });
    await navigate({ to: "/personas/$personaId", params: { personaId: made.id } });
  };
  const discard = async () => {
    await remove.mutateAsync(kept.id);
    await navigate({ to: "/personas" });
    showToast({
      text: text.personas.deleted(name),
      action: { label: text.common.undo, run: () => restore.mutate(kept.id) },
    });
  };
  const forms = Object.entries(text.personas.forms).map(([form, label]) => ({
    id: `export-${form}`,
    label: `${text.personas.export}: ${label}`,
    icon: Download,
    run: () => download.mutate(exportAddress(kept.id, form)),
  }));
  return (
    <>
      <Button tone="primary" icon={MessageSquare} onClick={() => void talk()}>
        {text.personas.talk}
      </Button>
      <Menu
        label={text.personas.commands(name)}
        trigger={<IconButton icon={MoreHorizontal} label={text.personas.commands(name)} />}
        items={[
          { id: "duplicate", label: text.personas.duplicate, icon: Copy, run: () => void copy() },
          { id: "share", label: text.personas.share, icon: Share2, run: () => send.mutate(kept.id) },
          ...forms,
          { id: "delete", label: text.common.delete, icon: Trash2, danger: true, run: () => void discard() },
        ]}
      />
    </>
  );
}
