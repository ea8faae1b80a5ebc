/** A prompt set is put to models: who, who judges, what it may cost and what it could. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { ModelList, PromptSet } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure } from "@/ui/feedback";
import { SelectField, TextField } from "@/ui/field";
import { modelItems } from "@/lib/api/model-items";
import { estimateQuery, useRun } from "../api";
import { ColumnChips } from "./column-chips";
import { firstColumns } from "./new-comparison";

export function RunDialog({ set, onClose }: { set: PromptSet; onClose: () => void }) {
  const { data: models } = useQuery(modelsQuery);
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.compare.runSetTitle(set.title)}
      closeLabel={text.common.close}
      className="wide-dialog"
    >
      {models ? <Form set={set} models={models} onClose={onClose} /> : undefined}
    </Dialog>
  );
}

function Form({ set, models, onClose }: { set: PromptSet; models: ModelList; onClose: () => void }) {
  const judged = set.prompts.some((prompt) => prompt.assertions.some(({ kind }) => kind === "judge"));
  const [columns, setColumns] = useState(() => firstColumns(models));
  const [judge, setJudge] = useState("");
  const [cap, setCap] = useState("");
  const run = useRun(set.id);
  const navigate = useNavigate();
  const body = { columns, judge, cap_usd: cap.trim() === "" ? null : cap.trim() };
  const ready = columns.length > 0 && (!judged || judge !== "");
  const estimate = useQuery(estimateQuery(set.id, ready ? { columns, judge } : undefined));
  const items = modelItems(models, undefined).filter(({ group }) => group !== text.models.builtIn);
  const options = [{ value: "", label: "–" }, ...items.map(({ id, label }) => ({ value: id, label }))];
  const most = estimate.data?.most_usd;
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        run.mutate(body, {
          onSuccess: (begun) => {
            onClose();
            void navigate({ to: "/compare/runs/$runId", params: { runId: begun.id } });
          },
        });
      }}
    >
      <ColumnChips columns={columns} onChange={setColumns} />
      {judged ? (
        <SelectField
          label={text.compare.judge}
          hint={text.compare.judgeHint}
          options={options}
          value={judge}
          onChange={(event) => setJudge(event.target.value)}
        />
      ) : undefined}
      <TextField
        label={text.compare.cap}
        hint={text.compare.capHint}
        inputMode="decimal"
        value={cap}
        onChange={(event) => setCap(event.target.value)}
      />
      <p role="status" className="numeric">
        {estimate.data
          ? most == null
            ? text.compare.estimateUnknown(estimate.data.answers)
            : text.compare.estimate(estimate.data.answers, formatMoney(most))
          : ""}
      </p>
      {estimate.error ? <Failure failure={describeError(estimate.error)} /> : undefined}
      {run.error ? <Failure failure={describeError(run.error)} /> : undefined}
      <div className="dialog-actions">
        <Button onClick={onClose}>{text.common.cancel}</Button>
        <Button tone="primary" type="submit" icon={Play} busy={run.isPending} disabled={!ready}>
          {text.compare.begin}
        </Button>
      </div>
    </form>
  );
}
