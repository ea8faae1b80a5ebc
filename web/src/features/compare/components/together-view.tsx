/** What models make of the answers: one answer of all, a checklist, scores, somebody's own wish; and what sets them apart. */
import { useQuery } from "@tanstack/react-query";
import { Copy, Wand2 } from "lucide-react";
import { useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { CompareDetail, CompareMerge } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { copyWithToast } from "@/ui/copy";
import { Badge, Empty, Failure } from "@/ui/feedback";
import { ChoiceField, SelectField, TextAreaField } from "@/ui/field";
import { modelItems } from "@/lib/api/model-items";
import { useMerge } from "../api";
import { answerOf, letter, mergedColumns, saidTo } from "../model";
import { Answer } from "./answers-view";
import { MeasuredTables, TableCard } from "./apart-views";

const KINDS = ["fuse", "checklist", "criteria", "own"] as const;

interface Props {
  detail: CompareDetail;
  turnId: string;
}

function useModelOptions() {
  const { data: models } = useQuery(modelsQuery);
  const items = modelItems(models, undefined).filter(({ group }) => group !== text.models.builtIn);
  return [
    { value: "", label: text.compare.cheapest },
    ...items.map(({ id, label, group }) => ({ value: id, label: `${label} (${group})` })),
  ];
}

export function TogetherView({ detail, turnId }: Props) {
  const [kind, setKind] = useState<string>("fuse");
  const [model, setModel] = useState("");
  const [prompt, setPrompt] = useState("");
  const merge = useMerge(detail.head.id);
  const options = useModelOptions();
  const made = detail.merges.filter((one) => one.turn_id === turnId && one.kind !== "differences").toReversed();
  if (saidTo(detail, turnId).length < 2) return <Empty title={text.compare.notYet} />;
  return (
    <div className="compare-scroll">
      <section className="card compare-card" aria-label={text.compare.mergeKind}>
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            const again = made.some((one) => one.kind === kind && (model === "" || one.model === model));
            merge.mutate({ turn_id: turnId, kind, model, prompt: kind === "own" ? prompt : "", again });
          }}
        >
          <ChoiceField
            label={text.compare.mergeKind}
            name="merge-kind"
            hint={text.compare.mergeHint(kind)}
            value={kind}
            options={KINDS.map((value) => ({ value, label: text.compare.mergeName(value) }))}
            onChoose={setKind}
          />
          {kind === "own" ? (
            <TextAreaField
              label={text.compare.ownPrompt}
              rows={3}
              value={prompt}
              onChange={(event) => setPrompt(event.target.value)}
            />
          ) : undefined}
          <div className="compare-merge-bar">
            <SelectField
              label={text.compare.mergeModel}
              options={options}
              value={model}
              onChange={(event) => setModel(event.target.value)}
            />
            <Button
              tone="primary"
              type="submit"
              icon={Wand2}
              busy={merge.isPending}
              disabled={kind === "own" && prompt.trim() === ""}
            >
              {text.compare.make}
            </Button>
          </div>
          {merge.error ? <Failure failure={describeError(merge.error)} /> : undefined}
        </form>
      </section>
      {made.map((one) => (
        <Made key={one.id} detail={detail} merge={one} />
      ))}
    </div>
  );
}

function Made({ detail, merge }: { detail: CompareDetail; merge: CompareMerge }) {
  const answer = answerOf(detail, merge.turn_id, merge.id);
  const name = text.compare.mergeName(merge.kind);
  const ended = answer?.status === "complete";
  return (
    <section className="card compare-card" aria-label={name}>
      <div className="compare-head-line">
        <h2>{name}</h2>
        {answer && !ended ? <Badge>{text.compare.statusName(answer.status)}</Badge> : undefined}
        <span className="field-hint">{text.compare.made(merge.model)}</span>
        <span className="compare-head-tools">
          <IconButton
            icon={Copy}
            size="small"
            label={text.compare.copyAnswer(name)}
            onClick={() => void copyWithToast(answer?.text ?? "")}
          />
        </span>
      </div>
      <MadeBody detail={detail} merge={merge} ended={ended} />
    </section>
  );
}

function MadeBody({ detail, merge, ended }: { detail: CompareDetail; merge: CompareMerge; ended: boolean }) {
  const answer = answerOf(detail, merge.turn_id, merge.id);
  const names = mergedColumns(detail, merge).map((column, place) =>
    text.compare.answerLetter(letter(place), column?.name ?? "–"),
  );
  if (merge.kind === "checklist" && merge.found.length > 0) return <Checklist detail={detail} merge={merge} />;
  if (merge.kind === "criteria" && merge.scores) {
    const { criteria, best, because } = merge.scores;
    return (
      <TableCard
        title={best == null ? text.compare.mergeName("criteria") : `${text.compare.best}: ${names[best]}`}
        hint={because}
      >
        <thead>
          <tr>
            <th scope="col">{text.compare.criterion}</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {criteria.map((one) => (
            <tr key={one.name}>
              <th scope="row">{one.name}</th>
              {one.scores.map((score, place) => (
                <td key={place}>{score}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </TableCard>
    );
  }
  const form = merge.kind === "checklist" || merge.kind === "criteria";
  return (
    <>
      {merge.items.length > 0 ? (
        <ul className="compare-items">
          {merge.items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      ) : undefined}
      {merge.prompt ? <p className="field-hint">{merge.prompt}</p> : undefined}
      {form && ended ? <p className="field-hint">{text.compare.unreadable}</p> : undefined}
      {form && !ended && !answer?.failure ? undefined : (
        <Answer answer={answer} name={text.compare.mergeName(merge.kind)} />
      )}
    </>
  );
}

function Checklist({ detail, merge }: { detail: CompareDetail; merge: CompareMerge }) {
  const [left, setLeft] = useState<readonly string[]>([]);
  const guided = useMerge(detail.head.id);
  const items = merge.found.filter((item) => !left.includes(item));
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        guided.mutate({ turn_id: merge.turn_id, kind: "guided", model: merge.model, items });
      }}
    >
      <fieldset className="field">
        <legend className="field-label">{text.compare.ticked}</legend>
        {merge.found.map((item) => (
          <label key={item} className="compare-tick">
            <input
              type="checkbox"
              checked={!left.includes(item)}
              onChange={(event) => setLeft(event.target.checked ? left.filter((one) => one !== item) : [...left, item])}
            />
            <span>{item}</span>
          </label>
        ))}
      </fieldset>
      <Button type="submit" icon={Wand2} busy={guided.isPending} disabled={items.length === 0}>
        {text.compare.mergeTicked}
      </Button>
      {guided.error ? <Failure failure={describeError(guided.error)} /> : undefined}
    </form>
  );
}

export function FiguresView({ detail, turnId }: Props) {
  return (
    <div className="compare-scroll">
      <ByModel detail={detail} turnId={turnId} />
      <MeasuredTables detail={detail} turnId={turnId} />
    </div>
  );
}

/** What sets the answers apart in a model's words. */
function ByModel({ detail, turnId }: Props) {
  const merge = useMerge(detail.head.id);
  const last = detail.merges.findLast((one) => one.turn_id === turnId && one.kind === "differences");
  const answer = last ? answerOf(detail, turnId, last.id) : undefined;
  const writing = answer?.status === "streaming";
  if (saidTo(detail, turnId).length < 2) return undefined;
  const names = last ? mergedColumns(detail, last).map((column) => column?.name ?? "–") : [];
  return (
    <section className="card compare-card" aria-label={text.compare.byModel}>
      <div className="compare-head-line">
        <h2>{text.compare.byModel}</h2>
        <span className="compare-head-tools">
          <Button
            icon={Wand2}
            busy={merge.isPending || writing}
            onClick={() => merge.mutate({ turn_id: turnId, kind: "differences", again: last !== undefined })}
          >
            {last ? text.compare.askModelAgain : text.compare.askModel}
          </Button>
        </span>
      </div>
      <p className="field-hint">{last ? text.compare.made(last.model) : text.compare.byModelHint}</p>
      {merge.error ? <Failure failure={describeError(merge.error)} /> : undefined}
      {last && last.aspects.length > 0 ? (
        <TableCard title={text.compare.mergeName("differences")}>
          <thead>
            <tr>
              <th scope="col">{text.compare.about}</th>
              {names.map((name, place) => (
                <th key={place} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {last.aspects.map((aspect) => (
              <tr key={aspect.name}>
                <th scope="row">{text.compare.aspectName(aspect.name)}</th>
                {aspect.each.map((said, place) => (
                  <td key={place}>{said}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </TableCard>
      ) : undefined}
      {last && last.aspects.length === 0 && answer && !writing ? (
        <>
          {answer.failure ? undefined : <p className="field-hint">{text.compare.unreadable}</p>}
          <Answer answer={answer} name={text.compare.byModel} />
        </>
      ) : undefined}
    </section>
  );
}
