/** The form of a route. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { BALANCERS, STRATEGIES } from "@/lib/strategies";
import type { Route } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField, Switch, TextField } from "@/ui/field";
import { Failure } from "@/ui/feedback";
import { SliderField } from "@/ui/slider-field";
import { showToast } from "@/ui/toast";
import { usePutRoute } from "../api";
import { bodyOf, DEGRADATIONS, draftOf, FACTORS, percentsOf, problemsOf, PROMPT_CACHING, type Draft } from "../draft";
import { MembersField } from "./members-field";

export interface RouteDialogProps {
  /** The route to change; without one, a new one is made. */
  route: Route | undefined;
  /** Names that a new one may not have. */
  taken: readonly string[];
  onClose: () => void;
}

/** A part of the form: what stands there, and how to change it. */
export interface DraftProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

export function RouteDialog({ route, taken, onClose }: RouteDialogProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(route));
  const [tried, setTried] = useState(false);
  const put = usePutRoute();
  const { data: models } = useQuery(modelsQuery);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const problems = problemsOf(draft);
  const nameTaken = taken.includes(draft.name.trim());
  const save = () => {
    setTried(true);
    if (problems.length > 0 || nameTaken) return;
    const name = draft.name.trim();
    put.mutate(
      { name, body: bodyOf(draft) },
      {
        onSuccess: () => {
          showToast({ text: text.routes.saved(name) });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={route ? text.routes.editTitle(route.name) : text.routes.newTitle}
      closeLabel={text.common.close}
      side="end"
      className="dialog-wide"
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {route ? undefined : (
          <TextField
            label={text.routes.name}
            hint={text.routes.nameHint}
            required
            autoFocus
            maxLength={64}
            pattern="[a-z0-9][a-z0-9._\-]*"
            error={nameTaken ? text.routes.nameTaken : undefined}
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
        <Choosing draft={draft} onChange={change} />
        <MembersField
          draft={draft}
          onChange={change}
          known={models?.models.filter((model) => model.capabilities.length > 0).map((model) => model.id) ?? []}
          error={tried && problems.includes("members") ? text.routes.noModels : undefined}
        />
        <Patience draft={draft} onChange={change} />
        {put.error ? <Failure failure={describeError(put.error)} /> : undefined}
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={put.isPending}>
            {text.common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Strategy, balancer and weights. */
function Choosing({ draft, onChange }: DraftProps) {
  const percents = percentsOf(FACTORS.map((factor) => draft.weights[factor]));
  return (
    <>
      <div className="form-row">
        <SelectField
          label={text.routes.strategy}
          hint={text.routing.strategyHint(draft.strategy)}
          options={STRATEGIES.map((value) => ({ value, label: text.routing.strategy(value) }))}
          value={draft.strategy}
          onChange={(event) => onChange({ strategy: event.target.value })}
        />
        {draft.strategy === "load_balanced" ? (
          <SelectField
            label={text.routes.balancer}
            options={BALANCERS.map((value) => ({ value, label: text.routing.balancer(value) }))}
            value={draft.balancer}
            onChange={(event) => onChange({ balancer: event.target.value })}
          />
        ) : undefined}
      </div>
      {draft.strategy === "weighted" ? (
        <fieldset className="weights">
          <legend className="field-label">{text.routes.weights}</legend>
          {FACTORS.map((factor, index) => (
            <SliderField
              key={factor}
              label={text.routing.factor(factor)}
              value={draft.weights[factor]}
              min={0}
              max={10}
              step={0.1}
              note={text.routes.shareNote(percents[index] ?? 0)}
              onChange={(value) => onChange({ weights: { ...draft.weights, [factor]: value } })}
            />
          ))}
          {problemsOf(draft).includes("weights") ? (
            <p className="field-error" role="alert">
              {text.routes.weightsZero}
            </p>
          ) : undefined}
        </fieldset>
      ) : undefined}
    </>
  );
}

/** What may be given up, waiting, and the cache. */
function Patience({ draft, onChange }: DraftProps) {
  const { queue } = draft;
  return (
    <>
      <fieldset className="field">
        <legend className="field-label">{text.routes.degrade}</legend>
        {DEGRADATIONS.map((name) => (
          <label key={name} className="check">
            <input
              type="checkbox"
              checked={draft.degrade.includes(name)}
              onChange={(event) =>
                onChange({
                  degrade: event.target.checked
                    ? [...draft.degrade, name]
                    : draft.degrade.filter((entry) => entry !== name),
                })
              }
            />
            <span>{text.routes.degradeChoice(name)}</span>
          </label>
        ))}
      </fieldset>
      <Switch label={text.routes.fits} checked={draft.fits} onChange={(fits) => onChange({ fits })} />
      <Switch
        label={text.routes.queue}
        hint={text.routes.queueHint}
        checked={queue.on}
        onChange={(on) => onChange({ queue: { ...queue, on } })}
      />
      {queue.on ? (
        <div className="form-row">
          <TextField
            label={text.routes.queueLength}
            type="number"
            required
            min={1}
            max={1_000_000}
            value={Number.isNaN(queue.length) ? "" : queue.length}
            onChange={(event) => onChange({ queue: { ...queue, length: event.target.valueAsNumber } })}
          />
          <TextField
            label={text.routes.queueWait}
            type="number"
            required
            min={1}
            max={86_400}
            value={Number.isNaN(queue.waitSeconds) ? "" : queue.waitSeconds}
            onChange={(event) => onChange({ queue: { ...queue, waitSeconds: event.target.valueAsNumber } })}
          />
        </div>
      ) : undefined}
      <TextField
        label={text.routes.cacheTtl}
        hint={text.routes.cacheTtlHint}
        type="number"
        min={0}
        max={31_536_000}
        className="short-input"
        value={draft.cacheTtl}
        onChange={(event) => onChange({ cacheTtl: event.target.value })}
      />
      <TextField
        label={text.routes.embedder}
        hint={text.routes.embedderHint}
        value={draft.embedder}
        onChange={(event) => onChange({ embedder: event.target.value })}
      />
      {draft.embedder.trim() === "" ? undefined : (
        <TextField
          label={text.routes.threshold}
          hint={text.routes.thresholdHint}
          type="number"
          required
          min={0.01}
          max={1}
          step={0.01}
          className="short-input"
          value={Number.isNaN(draft.threshold) ? "" : draft.threshold}
          onChange={(event) => onChange({ threshold: event.target.valueAsNumber })}
        />
      )}
      <SelectField
        label={text.routes.promptCaching}
        hint={text.routes.promptCachingHint}
        value={draft.promptCaching}
        options={PROMPT_CACHING.map((value) => ({ value, label: text.routes.promptCachingWay(value) }))}
        onChange={(event) => onChange({ promptCaching: event.target.value })}
      />
    </>
  );
}
