/** One comparison: the answers in the view that is chosen, the vote, and the next question. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Square } from "lucide-react";
import { useMemo, useState } from "react";
import { useActions, type Action } from "@/lib/actions";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { CompareDetail } from "@/lib/types";
import { Failure, Skeleton } from "@/ui/feedback";
import { SelectField } from "@/ui/field";
import { LiveStatus } from "@/ui/live-status";
import { comparisonQuery, useAgain, usePatch, useStop } from "../api";
import { heardOf, isWriting, moved, turnOf } from "../model";
import { VIEWS, type View } from "../search";
import { useLayout } from "../use-layout";
import { useLive } from "../use-live";
import { AnswersView } from "./answers-view";
import { AlignedView, WordsView } from "./apart-views";
import { AskMore } from "./ask-more";
import { ComparisonHead } from "./comparison-head";
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
      <ComparisonHead detail={detail} />
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
