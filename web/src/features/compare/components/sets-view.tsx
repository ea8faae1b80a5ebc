/** Prompt sets: made, changed, and put to models. */
import { useQuery } from "@tanstack/react-query";
import { ListChecks, Pencil, Play, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { PromptSet } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { setsQuery, useRemoveSet } from "../api";
import { RunDialog } from "./run-dialog";
import { SetDialog } from "./set-dialog";

export function SetsView() {
  const { data, error, refetch } = useQuery(setsQuery);
  const [edited, setEdited] = useState<PromptSet | "new">();
  const [run, setRun] = useState<PromptSet>();
  const [removed, setRemoved] = useState<PromptSet>();
  const remove = useRemoveSet();
  return (
    <section className="compare-history" aria-label={text.compare.sets}>
      <div>
        <Button icon={Plus} onClick={() => setEdited("new")}>
          {text.compare.createSet}
        </Button>
      </div>
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={4} label={text.common.loading} /> : undefined}
      {data?.sets.length === 0 ? (
        <Empty icon={ListChecks} title={text.compare.noSets}>
          {text.compare.noSetsHint}
        </Empty>
      ) : undefined}
      <ul className="compare-list">
        {data?.sets.map((set) => (
          <li key={set.id} className="card compare-listed">
            <div className="compare-listed-words">
              <h2 className="compare-listed-title as-named" dir="auto">
                {set.title}
              </h2>
              <p className="field-hint">{text.compare.promptCount(set.prompts.length)}</p>
            </div>
            <Button icon={Play} onClick={() => setRun(set)}>
              {text.compare.runSet}
            </Button>
            <IconButton icon={Pencil} label={`${text.common.edit}: ${set.title}`} onClick={() => setEdited(set)} />
            <IconButton icon={Trash2} label={`${text.common.delete}: ${set.title}`} onClick={() => setRemoved(set)} />
          </li>
        ))}
      </ul>
      {edited ? (
        <SetDialog set={edited === "new" ? undefined : edited} onClose={() => setEdited(undefined)} />
      ) : undefined}
      {run ? <RunDialog set={run} onClose={() => setRun(undefined)} /> : undefined}
      <ConfirmDialog
        open={removed !== undefined}
        title={`${text.common.delete}: ${removed?.title ?? ""}`}
        description={text.compare.removeSetHint}
        busy={remove.isPending}
        confirmLabel={text.common.delete}
        cancelLabel={text.common.cancel}
        closeLabel={text.common.close}
        onClose={() => setRemoved(undefined)}
        onConfirm={() => {
          if (removed) remove.mutate(removed.id);
          setRemoved(undefined);
        }}
      />
    </section>
  );
}
