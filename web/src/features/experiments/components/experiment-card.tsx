/** An experiment in the list: where it stands, how far it is, and why it ended. */
import { LineChart, Pause, Pencil, Play, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { formatCount } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Experiment } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Badge, Progress, type Tone } from "@/ui/feedback";
import { Ticked } from "@/ui/ticked";
import { showToast } from "@/ui/toast";
import { useDeleteExperiment, useStep } from "../api";

export const STATUS_TONES: Record<string, Tone> = {
  running: "accent",
  paused: "warn",
  completed: "good",
  failed: "danger",
};

export interface ExperimentCardProps {
  experiment: Experiment;
  onOpen: () => void;
  onEdit: () => void;
}

export function ExperimentCard({ experiment, onOpen, onEdit }: ExperimentCardProps) {
  const remove = useDeleteExperiment();
  const { design, status } = experiment;
  const progress = text.experiments.results(formatCount(experiment.results), formatCount(design.max_results ?? 0));
  const isOver = status === "completed" || status === "failed";
  return (
    <li className="card experiment-card" data-experiment={design.name}>
      <div className="experiment-head">
        <h2>{design.name}</h2>
        <Badge tone={STATUS_TONES[status] ?? "neutral"}>{text.experiments.status(status)}</Badge>
        <Badge>{text.experiments.kind(design.kind)}</Badge>
        <span className="experiment-commands">
          <Steps experiment={experiment} />
          {status === "planning" ? (
            <IconButton icon={Pencil} label={`${text.experiments.edit} ${design.name}`} onClick={onEdit} />
          ) : (
            <Button
              tone="quiet"
              icon={LineChart}
              aria-label={isOver ? text.experiments.lookAt(design.name) : text.experiments.watchThis(design.name)}
              onClick={onOpen}
            >
              {isOver ? text.experiments.look : text.experiments.watch}
            </Button>
          )}
          {status === "planning" || isOver ? (
            <IconButton
              icon={Trash2}
              label={text.experiments.remove(design.name)}
              disabled={remove.isPending}
              onClick={() =>
                // As a promise, since the card is gone before the answer comes; a refusal has its own message.
                void remove.mutateAsync(experiment.id).then(
                  () => showToast({ text: text.experiments.deleted(design.name) }),
                  () => undefined,
                )
              }
            />
          ) : undefined}
        </span>
      </div>
      {design.description ? <p>{design.description}</p> : undefined}
      <p className="field-hint">
        {text.experiments.about(design.target)} · {text.experiments.decidedBy}{" "}
        {text.experiments.goal(design.goal ?? "success").toLowerCase()} ·{" "}
        {design.variants.map(({ name }) => name).join(", ")}
      </p>
      {status === "running" || status === "paused" ? (
        <div className="experiment-progress">
          <Progress value={experiment.results / Math.max(1, design.max_results ?? 1)} label={progress} />
          <span className="field-hint numeric">{progress}</span>
        </div>
      ) : undefined}
      {experiment.verdict ? (
        <p className="experiment-verdict">
          {experiment.winner ? (
            <>
              <Badge tone="good">{text.experiments.winner(experiment.winner)}</Badge>{" "}
            </>
          ) : undefined}
          <Ticked>{experiment.verdict}</Ticked>
        </p>
      ) : undefined}
    </li>
  );
}

/** What may be done next with an experiment. */
export function Steps({ experiment }: { experiment: Experiment }) {
  const step = useStep();
  const [asking, setAsking] = useState(false);
  const { id, status, design } = experiment;
  const may = {
    start: status === "planning" || status === "paused",
    pause: status === "running",
    finish: status === "running" || status === "paused",
  };
  return (
    <>
      {may.start ? (
        <Button
          tone="quiet"
          icon={Play}
          busy={step.isPending}
          aria-label={
            status === "paused" ? text.experiments.resumeThis(design.name) : text.experiments.startThis(design.name)
          }
          onClick={() => step.mutate({ id, step: "start" })}
        >
          {status === "paused" ? text.experiments.resume : text.experiments.start}
        </Button>
      ) : undefined}
      {may.pause ? (
        <Button
          tone="quiet"
          icon={Pause}
          busy={step.isPending}
          aria-label={text.experiments.pauseThis(design.name)}
          onClick={() => step.mutate({ id, step: "pause" })}
        >
          {text.experiments.pause}
        </Button>
      ) : undefined}
      {may.finish ? (
        <Button
          tone="quiet"
          icon={Square}
          aria-label={text.experiments.finishThis(design.name)}
          onClick={() => setAsking(true)}
        >
          {text.experiments.finish}
        </Button>
      ) : undefined}
      <ConfirmDialog
        open={asking}
        title={text.experiments.finishTitle(design.name)}
        description={text.experiments.finishHint}
        confirmLabel={text.experiments.finish}
        cancelLabel={text.common.cancel}
        closeLabel={text.common.close}
        busy={step.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() => step.mutate({ id, step: "finish" }, { onSettled: () => setAsking(false) })}
      />
    </>
  );
}
