/** What is kept of requests and replies, for how long, and what is blotted out before. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { formatBytes } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Retention, RetentionState } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { ChoiceField, TextAreaField, TextField } from "@/ui/field";
import { Failure, Notice, Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { retentionQuery, usePutRetention } from "../api";

const KEEPS = ["none", "failed", "all"] as const;

export function RetentionDialog({ onClose }: { onClose: () => void }) {
  const { data, error, refetch } = useQuery(retentionQuery);
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.exchanges.retention}
      description={text.exchanges.retentionHint}
      closeLabel={text.common.close}
    >
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {data ? (
        <RetentionForm state={data} onClose={onClose} />
      ) : error ? undefined : (
        <Skeleton label={text.common.loading} />
      )}
    </Dialog>
  );
}

function RetentionForm({ state, onClose }: { state: RetentionState; onClose: () => void }) {
  const { retention, editable, known } = state;
  const put = usePutRetention();
  const [keep, setKeep] = useState(retention.keep);
  const failure = put.error ? describeError(put.error) : undefined;
  const save = (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const value = (name: string) => String(fields.get(name) ?? "").trim();
    const changed: Retention = {
      keep,
      // Where nothing is kept, the field is not there.
      days: value("days") === "" ? retention.days : Number(value("days")),
      redact: known
        .filter((pattern) => !pattern.always && fields.has(`redact ${pattern.name}`))
        .map(({ name }) => name),
      patterns: value("patterns")
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean),
      exchange_days: value("exchange_days") === "" ? null : Number(value("exchange_days")),
    };
    put.mutate(changed, {
      onSuccess: () => {
        showToast({ text: text.exchanges.retentionSaved });
        onClose();
      },
    });
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        save(event.currentTarget);
      }}
    >
      {editable ? undefined : <Notice tone="warn" title={text.exchanges.retentionFixed} />}
      <fieldset className="form" disabled={!editable}>
        <ChoiceField
          label={text.exchanges.keep}
          hint={text.exchanges.keepHint(keep)}
          name="keep"
          value={keep}
          options={KEEPS.map((value) => ({ value, label: text.exchanges.keepChoice(value) }))}
          onChoose={setKeep}
        />
        <div className="form-row">
          <TextField
            label={text.exchanges.days}
            name="days"
            type="number"
            min={1}
            max={3650}
            required
            defaultValue={retention.days}
          />
          <TextField
            label={text.exchanges.exchangeDays}
            hint={text.exchanges.exchangeDaysHint}
            name="exchange_days"
            type="number"
            min={1}
            max={3650}
            defaultValue={retention.exchange_days ?? ""}
          />
        </div>
        <fieldset className="field">
          <legend className="field-label">{text.exchanges.redact}</legend>
          <ul className="patterns">
            {known.map((pattern) => (
              <li key={pattern.name}>
                <label className="check">
                  <input
                    type="checkbox"
                    name={`redact ${pattern.name}`}
                    defaultChecked={pattern.always || retention.redact.includes(pattern.name)}
                    disabled={pattern.always}
                  />
                  <span>
                    {pattern.finds}
                    {pattern.always ? ` (${text.exchanges.always})` : ""}
                  </span>
                </label>
              </li>
            ))}
          </ul>
        </fieldset>
        <TextAreaField
          label={text.exchanges.patterns}
          hint={text.exchanges.patternsHint}
          name="patterns"
          rows={2}
          className="textarea-small"
          defaultValue={retention.patterns.join("\n")}
          spellCheck={false}
        />
      </fieldset>
      <p className="field-hint numeric">{text.exchanges.keptNow(state.kept, formatBytes(state.kept_bytes))}</p>
      {failure ? <Failure failure={failure} /> : undefined}
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onClose}>
          {text.common.cancel}
        </Button>
        {editable ? (
          <Button tone="primary" type="submit" busy={put.isPending}>
            {text.common.save}
          </Button>
        ) : undefined}
      </div>
    </form>
  );
}
