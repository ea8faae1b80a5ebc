/** What you think of models, what follows from it, and how much that counts. */
import { formatShare } from "@/lib/format";
import { useQuery } from "@tanstack/react-query";
import { ThumbsUp } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { PreferenceReport } from "@/lib/types";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { Meter } from "@/ui/meter";
import { ScrollTable } from "@/ui/scroll-table";
import { SliderField } from "@/ui/slider-field";
import { Ticked } from "@/ui/ticked";
import { showToast } from "@/ui/toast";
import { preferencesQuery, usePutPreferences } from "../api";

export function PreferencesView() {
  const { data, error, isPending, refetch } = useQuery(preferencesQuery);
  return (
    <section className="card preferences" aria-label={text.experiments.preferences}>
      <p className="field-hint">{text.experiments.preferencesLead}</p>
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {isPending ? <Skeleton lines={5} label={text.common.loading} /> : undefined}
      {data ? (
        <>
          <h2>{text.experiments.advice}</h2>
          {data.recommendations.length === 0 ? (
            <p className="field-hint">{text.experiments.noAdvice}</p>
          ) : (
            <ul className="advice">
              {data.recommendations.map(({ task, better, worse, because }) => (
                <li key={`${task ?? ""} ${better} ${worse}`}>
                  <Ticked>{`${because}.`}</Ticked>
                </li>
              ))}
            </ul>
          )}
          <h2>{text.experiments.standings}</h2>
          {data.opinions === 0 ? (
            <Empty icon={ThumbsUp} title={text.experiments.noOpinions} heading="h2">
              {text.experiments.noOpinionsHint}
            </Empty>
          ) : (
            <Standings report={data} />
          )}
          <Settings key={JSON.stringify(data.settings)} report={data} />
        </>
      ) : undefined}
    </section>
  );
}

function Standings({ report }: { report: PreferenceReport }) {
  return (
    <>
      <p className="field-hint numeric">{text.experiments.opinions(report.opinions)}</p>
      <ScrollTable label={text.experiments.standings}>
        <table className="table numeric">
          <thead>
            <tr>
              <th scope="col">{text.experiments.model}</th>
              <th scope="col">{text.experiments.task}</th>
              <th scope="col">{text.experiments.score}</th>
              <th scope="col">{text.experiments.weight}</th>
            </tr>
          </thead>
          <tbody>
            {report.standings.map(({ deployment, task, score, weight }) => (
              <tr key={`${deployment} ${task ?? ""}`}>
                <th scope="row" className="model-id">
                  {deployment}
                </th>
                <td>{task ? text.experiments.taskName(task) : text.experiments.anyTask}</td>
                <td>
                  <span className="standing-score">
                    {Math.round(score * 100)}
                    <Meter
                      label={text.experiments.score}
                      valueText={formatShare(score, 0)}
                      value={score}
                      tone="plain"
                      mark={0.5}
                      size="small"
                    />
                  </span>
                </td>
                <td>{weight.toFixed(1)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollTable>
    </>
  );
}

function Settings({ report }: { report: PreferenceReport }) {
  const put = usePutPreferences();
  const [days, setDays] = useState(report.settings.half_life_days);
  const [influence, setInfluence] = useState(report.settings.influence);
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        put.mutate(
          { half_life_days: days, influence },
          { onSuccess: () => showToast({ text: text.experiments.preferencesSaved }) },
        );
      }}
    >
      <TextField
        label={text.experiments.halfLife}
        type="number"
        required
        min={1}
        max={3650}
        className="short-input"
        value={Number.isNaN(days) ? "" : days}
        onChange={(event) => setDays(event.target.valueAsNumber)}
      />
      <SliderField
        label={text.experiments.influence}
        note={influence === 0 ? text.experiments.influenceHint : influence.toFixed(2)}
        value={influence}
        min={0}
        max={1}
        step={0.05}
        onChange={setInfluence}
      />
      {put.error ? <Failure failure={describeError(put.error)} /> : undefined}
      <div>
        <Button type="submit" busy={put.isPending}>
          {text.experiments.savePreferences}
        </Button>
      </div>
    </form>
  );
}
