/** An entry with all its fields, and what a person puts right in it. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { toPassage } from "@/lib/passage";
import type { EntryChange, EntryDetail, EntryField } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure, Skeleton } from "@/ui/feedback";
import { SelectField, TextField } from "@/ui/field";
import { Meter } from "@/ui/meter";
import { showToast } from "@/ui/toast";
import { entryQuery, useCorrectEntry, useUncorrectEntry } from "../api";

const KINDS = ["spell", "monster", "condition", "magic_item", "equipment"];

export function EntryDialog({ id, name, onClose }: { id: string; name: string; onClose: () => void }) {
  const { data: detail, error, refetch } = useQuery(entryQuery(id));
  const [correcting, setCorrecting] = useState(false);
  return (
    <Dialog open onClose={onClose} title={detail?.entry.name ?? name} closeLabel={text.common.close}>
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!detail && !error ? <Skeleton lines={8} label={text.common.loading} /> : undefined}
      {detail && correcting ? <Correction detail={detail} onDone={() => setCorrecting(false)} /> : undefined}
      {detail && !correcting ? (
        <Shown detail={detail} onCorrect={() => setCorrecting(true)} onClose={onClose} />
      ) : undefined}
    </Dialog>
  );
}

function Shown({ detail, onCorrect, onClose }: { detail: EntryDetail; onCorrect: () => void; onClose: () => void }) {
  const navigate = useNavigate();
  const takeBack = useUncorrectEntry();
  const { entry, fields, layout } = detail;
  const percent = Math.round(entry.quality * 100);
  const shown = fields.filter((field) => field.text || field.expected);
  return (
    <>
      <p className="entry-head">
        <span className="badge badge-accent">{text.entries.kindName(entry.kind)}</span>
        {entry.corrected.length > 0 ? <span className="badge badge-good">{text.entries.byYou}</span> : undefined}
        <span className="field-hint">{text.entries.layout(layout)}</span>
      </p>
      <div>
        <Meter
          label={text.entries.quality(percent)}
          valueText={text.entries.quality(percent)}
          value={entry.quality}
          size="small"
        />
        <p className="field-hint">{text.entries.quality(percent)}</p>
      </div>
      <dl className="entry-fields">
        {shown.map((field) => (
          <div key={field.name}>
            <dt>{text.entries.fieldName(field.name)}</dt>
            <dd dir="auto" className={field.text ? undefined : "entry-missing"}>
              {value(field) ?? text.entries.missing}
              {entry.corrected.includes(field.name) ? ` (${text.entries.byYou})` : ""}
            </dd>
          </div>
        ))}
      </dl>
      {takeBack.error ? <Failure failure={describeError(takeBack.error)} /> : undefined}
      <div className="dialog-actions">
        {entry.corrected.length > 0 ? (
          <Button
            tone="quiet"
            busy={takeBack.isPending}
            onClick={() => takeBack.mutate(entry.id, { onSuccess: () => showToast({ text: text.entries.takenBack }) })}
          >
            {text.entries.takeBack}
          </Button>
        ) : undefined}
        <Button
          tone="quiet"
          onClick={() => {
            onClose();
            void navigate(toPassage(entry.chunk_id));
          }}
        >
          {text.entries.openPassage}
        </Button>
        <Button tone="primary" onClick={onCorrect}>
          {text.entries.correct}
        </Button>
      </div>
    </>
  );
}

function value(field: EntryField): string | undefined {
  if (field.form === "flag" && field.text) return field.text === "yes" ? text.entries.yes : text.entries.no;
  return field.text ?? undefined;
}

function Correction({ detail, onDone }: { detail: EntryDetail; onDone: () => void }) {
  const { entry, fields } = detail;
  const [kind, setKind] = useState(entry.kind);
  const [name, setName] = useState(entry.name);
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((field) => [field.name, field.text ?? ""])),
  );
  const correct = useCorrectEntry(entry.id);
  const change = (): EntryChange => ({
    ...(kind === entry.kind ? {} : { kind }),
    ...(name === entry.name ? {} : { name }),
    // Fields of another kind than it was are there once that is saved.
    fields:
      kind === entry.kind
        ? Object.fromEntries(
            fields
              .filter((field) => (values[field.name] ?? "") !== (field.text ?? ""))
              .map((field) => [field.name, values[field.name] || null]),
          )
        : {},
  });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        correct.mutate(change(), {
          onSuccess: () => {
            showToast({ text: text.entries.saved });
            onDone();
          },
        });
      }}
    >
      <p className="field-hint">{text.entries.hint}</p>
      <SelectField
        label={text.entries.kind}
        value={kind}
        options={KINDS.map((option) => ({ value: option, label: text.entries.kindName(option) }))}
        onChange={(event) => setKind(event.target.value)}
      />
      <TextField label={text.entries.name} value={name} onChange={(event) => setName(event.target.value)} />
      {kind === entry.kind
        ? fields.map((field) => (
            <FieldInput
              key={field.name}
              field={field}
              value={values[field.name] ?? ""}
              onChange={(next) => setValues((before) => ({ ...before, [field.name]: next }))}
            />
          ))
        : undefined}
      {correct.error ? <Failure failure={describeError(correct.error)} /> : undefined}
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onDone}>
          {text.common.cancel}
        </Button>
        <Button tone="primary" type="submit" busy={correct.isPending}>
          {text.entries.save}
        </Button>
      </div>
    </form>
  );
}

function FieldInput({
  field,
  value: current,
  onChange,
}: {
  field: EntryField;
  value: string;
  onChange: (value: string) => void;
}) {
  const label = text.entries.fieldName(field.name);
  const words = field.form === "flag" ? ["yes", "no"] : field.words;
  if (words.length === 0)
    return (
      <TextField
        label={label}
        hint={field.expected && !field.text ? text.entries.expected : undefined}
        value={current}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  const named = (word: string) => {
    if (field.form !== "flag") return word;
    return word === "yes" ? text.entries.yes : text.entries.no;
  };
  return (
    <SelectField
      label={label}
      value={current}
      options={[
        { value: "", label: text.entries.missing },
        ...words.map((word) => ({ value: word, label: named(word) })),
      ]}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
