/** The form of an experiment, with how many results its difference will need. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { formatCount } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Experiment } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { ChoiceField, SelectField, TextField } from "@/ui/field";
import { Failure } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { outlookQuery, routeNamesQuery, useChangeExperiment, useCreateExperiment } from "../api";
import { bodyOf, draftOf, GOALS, KINDS, problemsOf, STICKY, type Draft, type DraftProblem } from "../draft";
import { formatUsual, isShare } from "../figures";
import { VariantsField } from "./variants-field";

export interface ExperimentFormProps {
  /** The plan to change; without one, a new one is made. */
  experiment: Experiment | undefined;
  /** Names that it may not have. */
  taken: readonly string[];
  onClose: () => void;
}

/** Everything that can be asked by name. */
function useKnown(): string[] {
  const { data: models } = useQuery(modelsQuery);
  const { data: routes } = useQuery(routeNamesQuery);
  const names = routes?.routes.map(({ name }) => name) ?? [];
  const ids = models?.models.filter((model) => model.capabilities.length > 0).map(({ id }) => id) ?? [];
  return [...new Set([...names, ...ids])];
}

export function ExperimentForm({ experiment, taken, onClose }: ExperimentFormProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(experiment));
  const [tried, setTried] = useState(false);
  const create = useCreateExperiment();
  const update = useChangeExperiment();
  const known = useKnown();
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const problems = problemsOf(draft);
  const problem = (name: DraftProblem) =>
    tried && problems.includes(name) ? text.experiments.problems[name] : undefined;
  const nameTaken = taken.includes(draft.name.trim());
  const saving = experiment ? update : create;
  const save = () => {
    setTried(true);
    if (problems.length > 0 || nameTaken) return;
    const body = bodyOf(draft);
    const onSuccess = () => {
      showToast({ text: experiment ? text.experiments.changed(body.name) : text.experiments.saved(body.name) });
      onClose();
    };
    if (experiment) update.mutate({ id: experiment.id, body: { design: body, shares: {} } }, { onSuccess });
    else create.mutate(body, { onSuccess });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={experiment ? text.experiments.editTitle(experiment.design.name) : text.experiments.newTitle}
      closeLabel={text.common.close}
      side="end"
      className="dialog-wide"
    >
      <form
        className="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField
          label={text.experiments.name}
          hint={text.experiments.nameHint}
          autoFocus
          maxLength={40}
          error={nameTaken ? text.routes.nameTaken : problem("name")}
          value={draft.name}
          onChange={(event) => change({ name: event.target.value })}
        />
        <TextField
          label={text.experiments.description}
          value={draft.description}
          onChange={(event) => change({ description: event.target.value })}
        />
        <ChoiceField
          label={text.experiments.kindName}
          name="kind"
          hint={text.experiments.kindHint(draft.kind)}
          options={KINDS.map((kind) => ({ value: kind, label: text.experiments.kind(kind) }))}
          value={draft.kind}
          onChoose={(kind) => change({ kind })}
        />
        <div className="form-row">
          <TextField
            label={text.experiments.target}
            hint={
              draft.target.trim() !== "" && known.length > 0 && !known.includes(draft.target.trim())
                ? text.experiments.unknownTarget
                : text.experiments.targetHint
            }
            list="experiment-known"
            error={problem("target")}
            value={draft.target}
            onChange={(event) => change({ target: event.target.value })}
          />
          <SelectField
            label={text.experiments.stickyName}
            options={STICKY.map((sticky) => ({ value: sticky, label: text.experiments.sticky(sticky) }))}
            value={draft.sticky}
            onChange={(event) => change({ sticky: event.target.value })}
          />
        </div>
        <datalist id="experiment-known">
          {known.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </datalist>
        <VariantsField draft={draft} onChange={change} error={problem("variants") ?? problem("change")} />
        <Deciding draft={draft} onChange={change} problem={problem} />
        <Outlook draft={draft} />
        {saving.error ? <Failure failure={describeError(saving.error)} /> : undefined}
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={saving.isPending}>
            {experiment ? text.common.save : text.experiments.planIt}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface DecidingProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  problem: (name: DraftProblem) => string | undefined;
}

/** By what it is decided, how small a difference matters, and when it ends. */
function Deciding({ draft, onChange, problem }: DecidingProps) {
  const number = (value: number) => (Number.isNaN(value) ? "" : value);
  return (
    <>
      <div className="form-row">
        <SelectField
          label={text.experiments.goalName}
          options={GOALS.map((goal) => ({ value: goal, label: text.experiments.goal(goal) }))}
          value={draft.goal}
          onChange={(event) => onChange({ goal: event.target.value })}
        />
        <TextField
          label={text.experiments.effect}
          hint={isShare(draft.goal) ? text.experiments.effectPoints : text.experiments.effectPercent}
          type="number"
          step="any"
          error={problem("effect")}
          value={number(draft.effect)}
          onChange={(event) => onChange({ effect: event.target.valueAsNumber })}
        />
      </div>
      <div className="form-row">
        <TextField
          label={text.experiments.alpha}
          hint={text.experiments.alphaHint}
          type="number"
          step="any"
          error={problem("alpha")}
          value={number(draft.alpha)}
          onChange={(event) => onChange({ alpha: event.target.valueAsNumber })}
        />
        <TextField
          label={text.experiments.most}
          type="number"
          error={problem("most")}
          value={number(draft.most)}
          onChange={(event) => onChange({ most: event.target.valueAsNumber })}
        />
      </div>
      <fieldset className="field">
        <legend className="field-label">{text.experiments.guards}</legend>
        <div className="form-row">
          <TextField
            label={text.experiments.guardFailures}
            type="number"
            min={0}
            max={100}
            step="any"
            value={draft.guardFailures}
            onChange={(event) => onChange({ guardFailures: event.target.value })}
          />
          <TextField
            label={text.experiments.guardCost}
            type="number"
            min={0}
            step="any"
            value={draft.guardCost}
            onChange={(event) => onChange({ guardCost: event.target.value })}
          />
        </div>
        <p className="field-hint">{text.experiments.guardHint}</p>
      </fieldset>
    </>
  );
}

/** How many results the difference will need, by what is usual now. */
function Outlook({ draft }: { draft: Draft }) {
  const problems = problemsOf(draft);
  const ready = !problems.includes("target") && !problems.includes("effect") && !problems.includes("alpha");
  const asked = useDeferredValue(
    ready
      ? JSON.stringify({
          target: draft.target.trim(),
          goal: draft.goal,
          effect: draft.effect / 100,
          alpha: draft.alpha / 100,
          variants: Math.max(2, draft.variants.length),
        })
      : "",
  );
  const { data } = useQuery(outlookQuery(asked === "" ? undefined : JSON.parse(asked)));
  if (!data || asked === "") return undefined;
  const { results, usual, requests_a_day: daily } = data;
  if (typeof results !== "number") return <p className="outlook">{text.experiments.outlookTooSmall}</p>;
  const words = typeof usual === "number" ? formatUsual(draft.goal, usual) : undefined;
  return (
    <p className="outlook" role="status">
      {text.experiments.outlook(formatCount(results), words)}{" "}
      {daily > 0 ? text.experiments.outlookDays(text.experiments.days(results / daily)) : ""}{" "}
      {results > draft.most ? text.experiments.outlookMore : ""}
    </p>
  );
}
