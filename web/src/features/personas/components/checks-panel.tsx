/** Whether a persona stays who they are: a run of questions, what came of it, and how it compares with earlier ones. */
import { useQuery } from "@tanstack/react-query";
import { ListChecks, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { formatShare, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { PersonaCheck } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Badge, Failure, Notice, Progress, Skeleton } from "@/ui/feedback";
import { SelectField } from "@/ui/field";
import { Sparkline } from "@/ui/sparkline";
import { playersOf } from "../model";
import { runQuery, runsQuery, useBeginCheck, useEndCheck } from "../people";
import { QuestionList } from "./question-list";
import "../people.css";

const words = text.checks;
const percent = (score: number) => formatShare(score, 0);

export function ChecksPanel({ id, model }: { id: string; model: string | undefined }) {
  const runs = useQuery(runsQuery(id));
  const [chosen, setChosen] = useState<string>();
  const all = runs.data?.checks ?? [];
  const shown = all.find((run) => run.id === chosen) ?? all[0];
  return (
    <div className="persona-fields">
      <h2 className="persona-section">{words.title}</h2>
      <p className="field-hint">{words.hint}</p>
      <Begin id={id} own={model} running={all.some((run) => run.state === "running")} />
      {runs.error ? (
        <Failure
          failure={describeError(runs.error)}
          retryLabel={text.common.retry}
          onRetry={() => void runs.refetch()}
        />
      ) : undefined}
      {runs.isPending ? <Skeleton lines={3} label={text.common.loading} /> : undefined}
      {runs.data && all.length === 0 ? <p className="field-hint">{words.none}</p> : undefined}
      {all.length > 0 ? <Runs id={id} all={all} shown={shown?.id} onShow={setChosen} /> : undefined}
      {shown ? <Run key={shown.id} id={id} run={shown} /> : undefined}
      <QuestionList id={id} />
    </div>
  );
}

function Begin({ id, own, running }: { id: string; own: string | undefined; running: boolean }) {
  const { data: models } = useQuery(modelsQuery);
  const [player, setPlayer] = useState<string>();
  const [judge, setJudge] = useState("");
  const begin = useBeginCheck(id);
  const model = player ?? own ?? models?.default ?? "";
  return (
    <div className="persona-pair checks-begin">
      <SelectField
        label={words.model}
        options={playersOf(models, model)}
        value={model}
        onChange={(event) => setPlayer(event.target.value)}
      />
      <SelectField
        label={words.judge}
        options={[{ value: "", label: words.noJudge }, ...playersOf(models, "")]}
        value={judge}
        onChange={(event) => setJudge(event.target.value)}
      />
      <Button
        tone="primary"
        icon={ListChecks}
        busy={begin.isPending}
        disabled={running || model === ""}
        onClick={() => begin.mutate(judge ? { model, judge } : { model })}
      >
        {words.begin}
      </Button>
    </div>
  );
}

function Runs({
  id,
  all,
  shown,
  onShow,
}: {
  id: string;
  all: readonly PersonaCheck[];
  shown: string | undefined;
  onShow: (id: string) => void;
}) {
  const end = useEndCheck(id);
  const scores = all.map((run) => run.score).toReversed();
  return (
    <section className="persona-group" aria-labelledby="checks-runs">
      <div className="persona-preview-head">
        <h3 id="checks-runs" className="persona-section">
          {words.runs}
        </h3>
        {scores.filter((score) => typeof score === "number").length > 1 ? (
          <Sparkline values={scores} label={words.over} />
        ) : undefined}
      </div>
      <ul className="checks-runs">
        {all.map((run) => (
          <li key={run.id}>
            <button
              type="button"
              className="button button-quiet checks-run"
              aria-pressed={run.id === shown}
              onClick={() => onShow(run.id)}
            >
              <span className="numeric">{typeof run.score === "number" ? percent(run.score) : "…"}</span>
              <span>
                {formatWhen(run.created_at)} · {words.version(run.persona_version)} · {run.model}
              </span>
            </button>
            {run.state === "finished" ? undefined : (
              <Badge tone={run.state === "failed" ? "danger" : "neutral"}>
                {(words.states as Record<string, string>)[run.state] ?? run.state}
              </Badge>
            )}
            <IconButton
              icon={run.state === "running" ? Square : Trash2}
              label={run.state === "running" ? words.stop : words.forget}
              size="small"
              disabled={end.isPending}
              onClick={() => end.mutate(run.id)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Run({ id, run }: { id: string; run: PersonaCheck }) {
  // The list knows how far a run is; its answers are fetched beside it, anew with each of them.
  const { data } = useQuery(runQuery(id, run.id, `${run.state} ${run.done}`));
  const progress = words.progress(run.done, run.questions);
  const changed = run.changes.find((change) => !change.aspect);
  return (
    <section className="persona-group" aria-label={words.show(formatWhen(run.created_at))}>
      {run.state === "running" ? (
        <>
          <Progress value={run.done / Math.max(1, run.questions)} label={progress} />
          <p role="status" className="field-hint numeric">
            {progress}
          </p>
        </>
      ) : undefined}
      {run.error ? <Notice tone="danger" title={run.error} /> : undefined}
      {typeof run.score === "number" ? (
        <p>
          <strong>{words.score(percent(run.score))}</strong>
          {changed ? `, ${changeWords(changed.lost, changed.telling)}` : ""}
        </p>
      ) : undefined}
      {Object.keys(run.aspects).length > 0 ? (
        <dl className="persona-figures">
          {Object.entries(run.aspects).map(([aspect, score]) => {
            const change = run.changes.find((one) => one.aspect === aspect);
            return (
              <div key={aspect}>
                <dt>{(words.aspects as Record<string, string>)[aspect] ?? aspect}</dt>
                <dd className="numeric" data-worse={change?.telling && change.lost > 0 ? true : undefined}>
                  {percent(score)}
                  {change?.telling ? ` (${change.lost > 0 ? "−" : "+"}${percent(Math.abs(change.lost))})` : ""}
                </dd>
              </div>
            );
          })}
        </dl>
      ) : undefined}
      {data && data.style.length > 0 ? (
        <ul className="feelings-traits">
          {data.style.map((row) => (
            <li key={row.name}>{words.styleRow(sliderName(row.name), row.wanted, row.found)}</li>
          ))}
        </ul>
      ) : undefined}
      {data && data.answers.length > 0 ? <Answers run={data} /> : undefined}
    </section>
  );
}

function sliderName(name: string): string {
  return (text.personas.sliders as Record<string, readonly string[]>)[name]?.[0] ?? name;
}

function changeWords(lost: number, telling: boolean): string {
  if (!telling) return words.same;
  return lost > 0 ? words.worse(percent(lost)) : words.better(percent(-lost));
}

function Answers({ run }: { run: PersonaCheck }) {
  return (
    <>
      <h3 className="persona-section">{words.answers}</h3>
      <ol className="checks-answers">
        {run.answers.map((answer, index) => (
          // Answers have no id, and never change their place.
          // oxlint-disable-next-line no-array-index-key
          <li key={index}>
            <details>
              <summary>
                <span className="numeric">{percent(answer.mark)}</span> {answer.ask}
              </summary>
              <blockquote className="checks-answer">{answer.answer}</blockquote>
              <dl className="checks-marks">
                <dt>{words.expected}</dt>
                <dd>{answer.expected}</dd>
                <dt>{words.rules}</dt>
                <dd>
                  {percent(answer.by_rules)}: {answer.because}
                </dd>
                {answer.judged_because ? (
                  <>
                    <dt>{words.judged}</dt>
                    <dd>
                      {typeof answer.judged === "number" ? `${percent(answer.judged)}: ` : ""}
                      {answer.judged_because}
                    </dd>
                  </>
                ) : undefined}
              </dl>
            </details>
          </li>
        ))}
      </ol>
    </>
  );
}
