/** An experiment that is watched: the interval as it shrinks, the figures of each variant, the shares, why it ended. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { formatCount, formatDuration, formatFull, formatShare } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Experiment } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Facts } from "@/ui/facts";
import { TextField } from "@/ui/field";
import { Badge, Failure, Notice, Skeleton } from "@/ui/feedback";
import { PanelSection } from "@/ui/panel-section";
import { ScrollTable } from "@/ui/scroll-table";
import { Ticked } from "@/ui/ticked";
import { showToast } from "@/ui/toast";
import { experimentQuery, useChangeExperiment } from "../api";
import { formatDifference, formatP, formatUsual, sureness } from "../figures";
import { STATUS_TONES, Steps } from "./experiment-card";
import { TrailPlot } from "./trail-plot";

export function ExperimentDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, isPending, refetch } = useQuery(experimentQuery(id));
  return (
    <Dialog
      open
      onClose={onClose}
      title={data?.design.name ?? text.experiments.title}
      closeLabel={text.common.close}
      side="end"
      className="dialog-wide experiment-dialog"
    >
      {isPending ? <Skeleton lines={10} label={text.common.loading} /> : undefined}
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {data ? <Detail experiment={data} /> : undefined}
    </Dialog>
  );
}

function Detail({ experiment }: { experiment: Experiment }) {
  const { design, status } = experiment;
  const goal = design.goal ?? "success";
  const facts: [string, string][] = [
    [text.experiments.resultsName, formatCount(experiment.results)],
    [text.experiments.decidedBy, text.experiments.goal(goal)],
    [text.experiments.alphaName, formatShare(design.alpha ?? 0.05)],
    [text.experiments.since, experiment.started_at ? formatFull(experiment.started_at) : "–"],
    [text.experiments.lasted, typeof experiment.lasted_ms === "number" ? formatDuration(experiment.lasted_ms) : "–"],
  ];
  return (
    <>
      <div className="experiment-head">
        <Badge tone={STATUS_TONES[status] ?? "neutral"}>{text.experiments.status(status)}</Badge>
        <Badge>{text.experiments.kind(design.kind)}</Badge>
        {experiment.winner ? <Badge tone="good">{text.experiments.winner(experiment.winner)}</Badge> : undefined}
        <span className="experiment-commands">
          <Steps experiment={experiment} />
        </span>
      </div>
      {experiment.verdict ? (
        <Notice
          tone={status === "failed" ? "danger" : "good"}
          title={text.experiments.verdict}
          detail={<Ticked>{experiment.verdict}</Ticked>}
        />
      ) : undefined}
      <Facts facts={facts} />
      <PanelSection title={text.experiments.difference}>
        <TrailPlot trail={experiment.trail} names={design.variants.slice(1).map(({ name }) => name)} goal={goal} />
      </PanelSection>
      <PanelSection title={text.experiments.figures}>
        <Figures experiment={experiment} />
        <p className="field-hint">
          {text.experiments.onlyGoal}{" "}
          {design.sticky === "request" ? "" : text.experiments.oneEach(text.experiments.unit(design.sticky ?? ""))}
        </p>
      </PanelSection>
      {status === "running" || status === "paused" ? (
        <PanelSection title={text.experiments.shares}>
          <Shares experiment={experiment} />
        </PanelSection>
      ) : undefined}
      <PanelSection title={text.experiments.exchanges}>
        <ul className="chips">
          {design.variants.map(({ name }) => {
            const tag = `experiment:${design.name}=${name}`;
            return (
              <li key={name}>
                <Link to="/exchanges" search={{ tag }} className="badge badge-accent tag-link">
                  {tag}
                </Link>
              </li>
            );
          })}
        </ul>
      </PanelSection>
    </>
  );
}

function Figures({ experiment }: { experiment: Experiment }) {
  const goal = experiment.design.goal ?? "success";
  const metrics = experiment.variants[0]?.metrics.map(({ metric }) => metric) ?? [];
  // The goal first.
  const ordered = [goal, ...metrics.filter((metric) => metric !== goal)];
  return (
    <ScrollTable label={text.experiments.figuresTable}>
      <table className="table numeric">
        <thead>
          <tr>
            <th scope="col">{text.experiments.variant}</th>
            <th scope="col">{text.experiments.share}</th>
            <th scope="col">{text.experiments.resultsName}</th>
            {ordered.map((metric) => (
              <th key={metric} scope="col">
                {text.experiments.goal(metric)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {experiment.variants.map((variant) => (
            <tr key={variant.name}>
              <th scope="row">{variant.name}</th>
              <td>{(variant.share * 100).toFixed(0)} %</td>
              <td>{formatCount(variant.results)}</td>
              {ordered.map((name) => {
                const metric = variant.metrics.find((one) => one.metric === name);
                const comparison = metric?.comparison;
                return (
                  <td key={name}>
                    {formatUsual(name, metric?.usual)}
                    {comparison && typeof metric.usual === "number" ? (
                      <span className="experiment-difference" data-sure={sureness(name, comparison)}>
                        {formatDifference(name, comparison.effect)}
                        <span className="field-hint">
                          {formatDifference(name, comparison.low)} …{" "}
                          {typeof comparison.high === "number"
                            ? formatDifference(name, comparison.high)
                            : text.experiments.noBound}
                          , p {formatP(comparison.p)}
                        </span>
                      </span>
                    ) : undefined}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollTable>
  );
}

function Shares({ experiment }: { experiment: Experiment }) {
  const change = useChangeExperiment();
  const { design } = experiment;
  const [shares, setShares] = useState(() => design.variants.map(({ share }) => share ?? 1));
  const total = shares.reduce((sum, share) => sum + (share > 0 ? share : 0), 0);
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        const said = Object.fromEntries(design.variants.map(({ name }, index) => [name, shares[index] ?? 1]));
        change.mutate(
          { id: experiment.id, body: { shares: said } },
          { onSuccess: () => showToast({ text: text.experiments.sharesSaved }) },
        );
      }}
    >
      <div className="form-row">
        {design.variants.map(({ name }, index) => {
          const share = shares[index] ?? 1;
          return (
            <TextField
              key={name}
              label={name}
              type="number"
              required
              min={0.001}
              step="any"
              hint={total > 0 && share > 0 ? formatShare(share / total, 0) : undefined}
              value={Number.isNaN(share) ? "" : share}
              onChange={(event) =>
                setShares(shares.map((before, at) => (at === index ? event.target.valueAsNumber : before)))
              }
            />
          );
        })}
      </div>
      <p className="field-hint">{text.experiments.sharesHint}</p>
      {change.error ? <Failure failure={describeError(change.error)} /> : undefined}
      <div>
        <Button type="submit" busy={change.isPending}>
          {text.experiments.saveShares}
        </Button>
      </div>
    </form>
  );
}
