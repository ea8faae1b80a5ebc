/** Ratings from votes, with their intervals, by kind of task. */
import { useQuery } from "@tanstack/react-query";
import { Scale } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { locale } from "@/lib/i18n/language";
import type { LookEffect, RatedModel } from "@/lib/types";
import { SelectField, Switch } from "@/ui/field";
import { Facts } from "@/ui/facts";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { ScrollTable } from "@/ui/scroll-table";
import { ratingsQuery } from "../api";

export function RatingsView() {
  const [task, setTask] = useState("");
  const [looksApart, setLooksApart] = useState(false);
  const { data, error, isPending, refetch } = useQuery(ratingsQuery(task, looksApart));
  const tasks = [
    { value: "", label: text.experiments.allTasks },
    ...(data?.tasks ?? []).map((name) => ({ value: name, label: text.experiments.taskName(name) })),
  ];
  return (
    <section className="card ratings" aria-label={text.experiments.ratings}>
      <p className="field-hint">{text.experiments.ratingsLead}</p>
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {isPending ? <Skeleton lines={5} label={text.common.loading} /> : undefined}
      {data && data.tasks.length === 0 && data.votes === 0 ? (
        <Empty icon={Scale} title={text.experiments.noVotes}>
          {text.experiments.noVotesHint}
        </Empty>
      ) : undefined}
      {data && (data.votes > 0 || data.tasks.length > 0) ? (
        <>
          <div className="ratings-head">
            <SelectField
              label={text.experiments.task}
              options={tasks}
              value={task}
              onChange={(event) => setTask(event.target.value)}
            />
            <p className="field-hint numeric">{text.experiments.votes(data.votes)}</p>
          </div>
          <Switch
            label={text.experiments.looksApart}
            hint={text.experiments.looksApartHint(data.seen, data.votes)}
            checked={looksApart}
            onChange={setLooksApart}
          />
          <RatingTable ratings={data.ratings} />
          {data.looks.length > 0 ? (
            <>
              <p className="field-hint">{text.experiments.looksWorth}</p>
              <Facts facts={data.looks.map(worth)} />
            </>
          ) : undefined}
        </>
      ) : undefined}
    </section>
  );
}

/** A figure of looks, and what it is worth. */
function worth({ name, points }: LookEffect): [string, string] {
  const signed = new Intl.NumberFormat(locale(), { maximumFractionDigits: 0, signDisplay: "exceptZero" });
  return [text.experiments.looks[name] ?? name, signed.format(points)];
}

function RatingTable({ ratings }: { ratings: readonly RatedModel[] }) {
  // Intervals of those who hardly met anybody would leave no room for the others.
  const ends = ratings.flatMap(({ rating, low, high }) => [Math.max(low, rating - 400), Math.min(high, rating + 400)]);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const place = (value: number) =>
    `${Math.min(100, Math.max(0, ((value - least) / Math.max(1, most - least)) * 100))}%`;
  return (
    <ScrollTable label={text.experiments.ratingsTable}>
      <table className="table numeric">
        <thead>
          <tr>
            <th scope="col">{text.experiments.model}</th>
            <th scope="col">{text.experiments.rating}</th>
            <th scope="col">{text.experiments.interval}</th>
            <th scope="col">{text.experiments.record}</th>
          </tr>
        </thead>
        <tbody>
          {ratings.map(({ deployment, rating, low, high, wins, losses, ties }) => (
            <tr key={deployment}>
              <th scope="row" className="model-id">
                {deployment}
              </th>
              <td>{Math.round(rating)}</td>
              <td>
                <span className="rating-interval">
                  {Math.round(low)} … {Math.round(high)}
                  <span className="rating-track" aria-hidden>
                    <span
                      className="rating-bar"
                      style={{ insetInlineStart: place(low), inlineSize: `calc(${place(high)} - ${place(low)})` }}
                    />
                    <span className="rating-dot" style={{ insetInlineStart: place(rating) }} />
                  </span>
                </span>
              </td>
              <td>
                {wins}, {losses}, {ties}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollTable>
  );
}
