/** The grid of a run: a row a prompt, a column a model. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, Download, Play, Square } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { SetCell, SetGrid } from "@/lib/types";
import { Button } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { Dialog } from "@/ui/dialog";
import { Badge, Failure, Notice, Progress, Skeleton } from "@/ui/feedback";
import { Markdown } from "@/ui/markdown/markdown";
import { PageFrame } from "@/ui/page-frame";
import { ScrollTable } from "@/ui/scroll-table";
import { gridQuery, runPath, useCancelRun, useResume } from "../api";
import "../compare.css";

const page = getRouteApi("/compare/runs/$runId");

export function RunScreen() {
  const { runId } = page.useParams();
  const { data, error, refetch } = useQuery(gridQuery(runId));
  return (
    <PageFrame
      title={data?.run.title ?? text.compare.runs}
      lead={data ? data.run.columns.map((column) => column.name).join(" · ") : text.compare.grid}
      actions={data ? <Actions grid={data} /> : undefined}
    >
      <p>
        <Link to="/compare" search={{ place: "runs" }} className="button button-quiet">
          <ArrowLeft size={16} aria-hidden />
          {text.compare.runs}
        </Link>
      </p>
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
      {data ? <Grid grid={data} /> : undefined}
    </PageFrame>
  );
}

function Actions({ grid: { run } }: { grid: SetGrid }) {
  const cancel = useCancelRun();
  const resume = useResume(run.id);
  const { job_id: jobId } = run;
  return (
    <>
      {run.state === "running" && jobId ? (
        <Button icon={Square} busy={cancel.isPending} onClick={() => cancel.mutate(jobId)}>
          {text.compare.cancelRun}
        </Button>
      ) : undefined}
      {run.state === "stopped" ? (
        <Button icon={Play} busy={resume.isPending} onClick={() => resume.mutate()}>
          {text.compare.resumeRun}
        </Button>
      ) : undefined}
      <a className="button button-plain" href={`${runPath(run.id)}/csv`} download>
        <Download size={16} aria-hidden />
        {text.compare.csv}
      </a>
    </>
  );
}

function Grid({ grid }: { grid: SetGrid }) {
  const [open, setOpen] = useState<SetCell>();
  const { run, prompts, cells } = grid;
  const done = cells.filter((cell) => cell.state !== "waiting").length;
  const passed = cells.filter((cell) => cell.passed).length;
  const cellAt = (prompt: number, place: number) =>
    cells.find((cell) => cell.prompt === prompt && cell.place === place);
  return (
    <>
      <p className="numeric" role="status">
        <Badge tone={run.state === "running" ? "accent" : "neutral"}>{text.compare.runState(run.state)}</Badge>{" "}
        {text.compare.runProgress(done, cells.length)} · {text.compare.passedOf(passed, cells.length)} ·{" "}
        {text.compare.spent(formatMoney(grid.cost_usd))}
      </p>
      {run.state === "running" ? (
        <Progress value={cells.length === 0 ? undefined : done / cells.length} label={text.compare.grid} />
      ) : undefined}
      <ScrollTable label={text.compare.grid}>
        <table className="table compare-run-grid">
          <thead>
            <tr>
              <th scope="col">{text.compare.prompts}</th>
              {run.columns.map((column) => (
                <th key={column.id} scope="col">
                  {column.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {prompts.map((prompt, number) => (
              <tr key={number}>
                <th scope="row" className="compare-run-prompt">
                  <span dir="auto" className="as-named">
                    {prompt.text}
                  </span>
                </th>
                {run.columns.map((column, place) => (
                  <td key={column.id}>
                    <Cell cell={cellAt(number, place)} name={column.name} onOpen={setOpen} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollTable>
      {open ? (
        <Dialog
          open
          onClose={() => setOpen(undefined)}
          title={text.compare.openCell(open.prompt + 1, run.columns[open.place]?.name ?? "")}
          closeLabel={text.common.close}
          className="wide-dialog"
        >
          <CellDetail cell={open} />
        </Dialog>
      ) : undefined}
    </>
  );
}

function Cell({ cell, name, onOpen }: { cell: SetCell | undefined; name: string; onOpen: (cell: SetCell) => void }) {
  if (!cell || cell.state === "waiting" || cell.state === "capped")
    return <span className="field-hint">{text.compare.cellState(cell?.state ?? "waiting")}</span>;
  const word =
    cell.state === "failed"
      ? text.compare.cellState("failed")
      : cell.passed
        ? text.compare.passed
        : text.compare.notPassed;
  return (
    <button
      type="button"
      className={classNames("compare-run-cell", cell.passed ? "compare-passed" : "compare-failed")}
      onClick={() => onOpen(cell)}
    >
      <span className="visually-hidden">{text.compare.openCell(cell.prompt + 1, name)}: </span>
      <strong>{word}</strong>
      <span dir="auto" className="as-named">
        {cell.text.slice(0, 140)}
      </span>
    </button>
  );
}

function CellDetail({ cell }: { cell: SetCell }) {
  return (
    <>
      {cell.failure ? (
        <Notice tone="danger" title={cell.failure.message} hint={cell.failure.hint ?? undefined} />
      ) : undefined}
      <ul className="compare-items">
        {cell.verdicts.map((verdict, at) => (
          <li key={at}>
            <Badge tone={verdict.passed ? "good" : "danger"}>
              {verdict.passed ? text.compare.passed : text.compare.notPassed}
            </Badge>{" "}
            {verdict.because}
          </li>
        ))}
      </ul>
      <Markdown source={cell.text} streaming={false} />
      <p className="field-hint numeric">
        {text.compare.cost}: {formatMoney(cell.cost_usd)}
      </p>
    </>
  );
}
