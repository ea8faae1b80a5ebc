/** One comparison: the answers in the view that is chosen, the vote, and the next question. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ArrowUp, Download, EllipsisVertical, Pencil, Plus, Printer, Square, Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { useActions, type Action } from "@/lib/actions";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { CompareDetail } from "@/lib/types";
import { useDraft, useHasWords } from "@/lib/use-draft";
import { Button, IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Badge, Failure, Skeleton } from "@/ui/feedback";
import { SelectField, TextField } from "@/ui/field";
import { LiveStatus } from "@/ui/live-status";
import { Menu, type MenuItem } from "@/ui/menu";
import { comparisonQuery, reportAddress, useAddColumn, useAgain, useAsk, usePatch, useRemove, useStop } from "../api";
import { heardOf, isWriting, moved, turnOf } from "../model";
import { VIEWS, type View } from "../search";
import { useLayout } from "../use-layout";
import { useLive } from "../use-live";
import { AnswersView } from "./answers-view";
import { AlignedView, WordsView } from "./apart-views";
import { ColumnPicker } from "./column-picker";
import { MOST_COLUMNS } from "./column-chips";
import { QuestionField } from "./question-field";
import { FiguresView, TogetherView } from "./together-view";
import { VoteBar } from "./vote-bar";
import "../compare.css";

const page = getRouteApi("/compare/$comparisonId");

export function ComparisonScreen() {
  const { comparisonId } = page.useParams();
  return <Loaded key={comparisonId} id={comparisonId} />;
}

function Loaded({ id }: { id: string }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery(comparisonQuery(client, id));
  useLive(id);
  if (data) return <Comparison detail={data} />;
  return (
    <div className="page">
      <div className="page-inner">
        <h1 className="visually-hidden">{error ? text.compare.gone : text.compare.title}</h1>
        {error ? (
          <>
            <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
            <p>
              <Link to="/compare">{text.compare.back}</Link>
            </p>
          </>
        ) : (
          <Skeleton lines={8} label={text.common.loading} />
        )}
      </div>
    </div>
  );
}

function Comparison({ detail }: { detail: CompareDetail }) {
  const { id, columns } = detail.head;
  const search = page.useSearch();
  const navigate = page.useNavigate();
  const view = search.view ?? "answers";
  const turn = turnOf(detail, search.turn);
  const go = (change: { view?: View; turn?: string }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  const layout = useLayout(id);
  // The column in which the keyboard was last: its answer is the one that is read out.
  const [beside, setBeside] = useState<string>();
  const patch = usePatch(id);
  const again = useAgain(id);
  const stop = useStop(id);
  const writing = isWriting(detail);
  const stopAll = stop.mutate;
  const commands = useMemo<readonly Action[]>(
    () =>
      writing
        ? [
            {
              id: "compare.stop",
              label: text.compare.stopAll,
              group: text.compare.title,
              icon: Square,
              shortcut: "Escape",
              whileTyping: true,
              run: () => stopAll(undefined),
            },
          ]
        : [],
    [stopAll, writing],
  );
  useActions(commands);
  if (!turn) return undefined;
  const heardTurn = view === "answers" ? (detail.turns.at(-1) ?? turn).id : turn.id;
  const board = {
    detail,
    turnId: turn.id,
    layout,
    onMove: (columnId: string, to: number) =>
      patch.mutate({
        order: moved(
          columns.map((column) => column.id),
          columnId,
          to,
        ),
      }),
    onAgain: (answerId: string) => again.mutate(answerId),
    onStop: (answerId: string) => stop.mutate(answerId),
  };
  return (
    <div className="compare-page">
      <Head detail={detail} />
      <div className="compare-tabs">
        <nav className="compare-views" aria-label={text.compare.views}>
          {VIEWS.map((one) => (
            <button
              key={one}
              type="button"
              className="tab"
              aria-current={one === view ? "page" : undefined}
              data-state={one === view ? "active" : "inactive"}
              onClick={() => go({ view: one })}
            >
              {text.compare.viewName(one)}
            </button>
          ))}
        </nav>
        {detail.turns.length > 1 && view !== "answers" ? (
          <SelectField
            label={text.compare.turn}
            className="compare-turn"
            options={detail.turns.map((one, at) => ({
              value: one.id,
              label: text.compare.turnNumber(at + 1, one.question.text.slice(0, 60)),
            }))}
            value={turn.id}
            onChange={(event) => go({ turn: event.target.value })}
          />
        ) : undefined}
      </div>
      <div
        className="compare-body"
        onFocus={(event) => {
          const column = event.target.closest("[data-column]")?.getAttribute("data-column") ?? undefined;
          if (column !== undefined) setBeside(column);
        }}
      >
        {view === "answers" ? <AnswersView {...board} /> : undefined}
        {view === "aligned" ? <AlignedView {...board} /> : undefined}
        {view === "words" ? <WordsView {...board} /> : undefined}
        {view === "figures" ? <FiguresView detail={detail} turnId={turn.id} /> : undefined}
        {view === "together" ? <TogetherView detail={detail} turnId={turn.id} /> : undefined}
      </div>
      <div className="compare-foot">
        <LiveStatus
          last={heardOf(detail, heardTurn, [layout.layout.only, beside])}
          status={text.compare.statusName(writing ? "streaming" : "complete")}
        />
        <VoteBar key={turn.id} detail={detail} turnId={turn.id} />
        <AskMore detail={detail} onStop={() => stop.mutate(undefined)} />
      </div>
    </div>
  );
}

function Head({ detail }: { detail: CompareDetail }) {
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
          trigger={
            <button
              type="button"
              className="button icon-button button-quiet"
              aria-label={text.sidebar.commandsFor(title)}
            >
              <EllipsisVertical size={17} aria-hidden />
            </button>
          }
        />
      </span>
      {renaming ? <Rename id={id} title={title} onClose={() => setRenaming(false)} /> : undefined}
    </header>
  );
}

function Rename({ id, title, onClose }: { id: string; title: string; onClose: () => void }) {
  const [draft, setDraft] = useState(title);
  const patch = usePatch(id);
  return (
    <Dialog open onClose={onClose} title={text.compare.rename} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          patch.mutate({ title: draft }, { onSuccess: onClose });
        }}
      >
        <TextField
          label={text.compare.newTitle}
          value={draft}
          maxLength={200}
          onChange={(event) => setDraft(event.target.value)}
        />
        <div className="dialog-actions">
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button tone="primary" type="submit" busy={patch.isPending} disabled={draft.trim() === ""}>
            {text.common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function AskMore({ detail, onStop }: { detail: CompareDetail; onStop: () => void }) {
  const draft = useDraft(`compare.${detail.head.id}`);
  const ask = useAsk(detail.head.id);
  const writing = isWriting(detail);
  const written = useHasWords(draft);
  const can = !writing && !ask.isPending && (written || draft.images.length > 0);
  const send = () => {
    if (!can) return;
    const { images } = draft;
    const words = draft.words.get().trim();
    const pictures = images.map(({ media_type, data }) => ({ media_type, data }));
    // Only what was asked is taken out, also where somebody looks at something else meanwhile.
    ask.mutateAsync({ text: words, images: pictures }).then(
      () => draft.clear(words, images),
      () => undefined,
    );
  };
  return (
    <form
      aria-label={text.compare.askMore}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {ask.error ? <Failure failure={describeError(ask.error)} /> : undefined}
      <QuestionField draft={draft} placeholder={text.compare.askMore} onSend={send}>
        {writing ? (
          <Button icon={Square} onClick={onStop}>
            {text.compare.stopAll}
          </Button>
        ) : (
          <IconButton
            icon={ArrowUp}
            tone="primary"
            type="submit"
            label={text.compare.askAll}
            disabled={!can}
            className="send-button"
          />
        )}
      </QuestionField>
    </form>
  );
}
