/** What a persona feels: the switch, the relationships as a picture and a table, and the log with its way back. */
import { useQuery } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { formatFull, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { PersonaFeeling, PersonaFeelings, PersonaTemper } from "@/lib/types";
import { Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Failure, Notice, Skeleton } from "@/ui/feedback";
import { Switch } from "@/ui/field";
import { ScrollTable } from "@/ui/scroll-table";
import { SliderField } from "@/ui/slider-field";
import { feelingsQuery, useForgetFeelings, useRevert, useSetTemper } from "../people";
import { RelationsPicture } from "./relations-picture";
import "../people.css";

const SHOWN = 30;
const words = text.feelings;
const AXES = Object.keys(words.axes) as (keyof typeof words.axes)[];

export function FeelingsPanel({ id, name }: { id: string; name: string }) {
  const feelings = useQuery(feelingsQuery(id));
  if (feelings.error)
    return (
      <Failure
        failure={describeError(feelings.error)}
        retryLabel={text.common.retry}
        onRetry={() => void feelings.refetch()}
      />
    );
  if (!feelings.data) return <Skeleton lines={6} label={text.common.loading} />;
  const { data } = feelings;
  return (
    <div className="persona-fields">
      <h2 className="persona-section">{words.title}</h2>
      <p className="field-hint">{words.hint}</p>
      <Temper id={id} temper={data.temper} />
      {data.temper.on || data.log.length > 0 ? <Relations name={name} data={data} /> : undefined}
      {data.log.length > 0 ? <Log id={id} log={data.log} /> : undefined}
    </div>
  );
}

function Temper({ id, temper }: { id: string; temper: PersonaTemper }) {
  const set = useSetTemper(id);
  const change = (given: Partial<PersonaTemper>) => set.mutate({ ...temper, ...given });
  return (
    <div className="persona-group">
      <Switch label={words.on} checked={temper.on} onChange={(on) => change({ on })} />
      {temper.on ? (
        <>
          <Switch
            label={words.byModel}
            hint={words.byModelHint}
            checked={temper.by_model}
            onChange={(by_model) => change({ by_model })}
          />
          <SliderField
            label={words.fluidity}
            min={0}
            max={200}
            step={10}
            value={temper.fluidity}
            note={words.percent(temper.fluidity)}
            onChange={(fluidity) => change({ fluidity })}
          />
          <SliderField
            label={words.drift}
            min={0}
            max={50}
            step={1}
            value={temper.drift}
            note={words.points(temper.drift)}
            onChange={(drift) => change({ drift })}
          />
        </>
      ) : undefined}
    </div>
  );
}

const stageWords = (stage: string) => (words.stages as Record<string, string>)[stage] ?? stage;
const number = (value: number) => (value > 0 ? `+${value.toFixed(1)}` : value.toFixed(1));

function Relations({ name, data }: { name: string; data: PersonaFeelings }) {
  return (
    <section className="persona-group" aria-labelledby="feelings-relations">
      <h3 id="feelings-relations" className="persona-section">
        {words.relations}
      </h3>
      {data.relations.length === 0 ? (
        <p className="field-hint">{words.none}</p>
      ) : (
        <>
          <RelationsPicture name={name} relations={data.relations} />
          <ScrollTable label={words.table}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col">{words.toward}</th>
                  <th scope="col">{words.stage}</th>
                  {AXES.map((axis) => (
                    <th key={axis} scope="col" className="numeric">
                      {words.axes[axis]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {data.relations.map((relation) => (
                  <tr key={relation.toward}>
                    <th scope="row">{relation.name}</th>
                    <td>
                      {stageWords(relation.bond.stage)}
                      {relation.back ? ` (${words.back(stageWords(relation.back.stage))})` : ""}
                    </td>
                    {AXES.map((axis) => (
                      <td key={axis} className="numeric">
                        {number(relation.bond.values[axis] ?? 0)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollTable>
        </>
      )}
      {data.relations.map((relation) =>
        relation.bond.conflict ? (
          <Notice key={relation.toward} tone="warn" title={words.conflict(relation.name, relation.bond.conflict)} />
        ) : undefined,
      )}
      {data.traits.length > 0 ? (
        <>
          <h3 className="persona-section">{words.traits}</h3>
          <ul className="feelings-traits">
            {data.traits.map((trait) => (
              <li key={trait.name}>{words.drifted(trait.name, trait.card, trait.now)}</li>
            ))}
          </ul>
        </>
      ) : undefined}
    </section>
  );
}

function told(entry: PersonaFeeling): string {
  const moved = number(entry.reverted_at ? entry.asked : entry.moved);
  const trait = entry.what.startsWith("trait:") ? entry.what.slice("trait:".length) : undefined;
  if (trait) return words.entryTrait(trait, moved);
  const axis = (words.axes as Record<string, string>)[entry.what] ?? entry.what;
  return words.entry(axis.toLowerCase(), moved, entry.name);
}

function Log({ id, log }: { id: string; log: PersonaFeeling[] }) {
  const [all, setAll] = useState(false);
  const [asking, setAsking] = useState(false);
  const revert = useRevert(id);
  const forget = useForgetFeelings(id);
  const shown = all ? log : log.slice(0, SHOWN);
  return (
    <section className="persona-group" aria-labelledby="feelings-log">
      <h3 id="feelings-log" className="persona-section">
        {words.log}
      </h3>
      <p className="field-hint">{words.logHint}</p>
      <ol className="feelings-log">
        {shown.map((entry) => (
          <li key={entry.id} data-reverted={entry.reverted_at ? true : undefined}>
            <span>
              <span className="feelings-entry">{told(entry)}</span>
              <span className="field-hint">
                {" "}
                <time dateTime={entry.at} title={formatFull(entry.at)}>
                  {formatWhen(entry.at)}
                </time>
                , {words.by[entry.source === "model" ? "model" : "words"]}
                {entry.because ? `: ${entry.because}` : ""}
                {entry.reverted_at ? ` · ${words.reverted}` : ""}
              </span>
            </span>
            <Button
              tone="quiet"
              disabled={revert.isPending}
              aria-label={entry.reverted_at ? words.restoreThis(told(entry)) : words.revertThis(told(entry))}
              onClick={() => revert.mutate({ entry: entry.id, back: !entry.reverted_at })}
            >
              {entry.reverted_at ? words.restore : words.revert}
            </Button>
          </li>
        ))}
      </ol>
      {shown.length < log.length ? (
        <Button onClick={() => setAll(true)}>{words.more(log.length - shown.length)}</Button>
      ) : undefined}
      <Button icon={Trash2} onClick={() => setAsking(true)}>
        {words.forget}
      </Button>
      <ConfirmDialog
        open={asking}
        title={words.forgetTitle}
        description={words.forgetHint}
        confirmLabel={words.forget}
        cancelLabel={text.common.cancel}
        closeLabel={text.common.close}
        busy={forget.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() => forget.mutate(undefined, { onSettled: () => setAsking(false) })}
      />
    </section>
  );
}
