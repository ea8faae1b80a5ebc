/** What a document says of itself, and what kind of document it is; a person may put both right. */
import { useState } from "react";
import { describeError } from "@/lib/client";
import { formatFull, formatLanguage, formatList, formatPartialDate, formatShare } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { CorrectDocument, Document } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure } from "@/ui/feedback";
import { SelectField, TextField } from "@/ui/field";
import { showToast } from "@/ui/toast";
import { useChooseKind, useCorrectDocument } from "../api";

const KINDS = [
  "rulebook",
  "adventure",
  "supplement",
  "reference",
  "code",
  "letter",
  "article",
  "fiction",
  "manual",
  "data",
];

/** What a person may put right. */
const FIELDS = ["title", "author", "publisher", "published", "language"] as const;
type Field = (typeof FIELDS)[number];
type Fields = CorrectDocument["fields"];

export function DocumentDialog({ document, onClose }: { document: Document; onClose: () => void }) {
  const [correcting, setCorrecting] = useState(false);
  return (
    <Dialog open onClose={onClose} title={document.title} closeLabel={text.common.close}>
      {correcting ? (
        <Correction document={document} onDone={() => setCorrecting(false)} />
      ) : (
        <Shown document={document} onCorrect={() => setCorrecting(true)} />
      )}
    </Dialog>
  );
}

function Shown({ document, onCorrect }: { document: Document; onCorrect: () => void }) {
  const correct = useCorrectDocument(document.id);
  const corrected = document.corrected ?? [];
  const facts: [string, string | null | undefined][] = [
    ["author", document.author],
    ["publisher", document.publisher],
    ["published", document.published ? formatPartialDate(document.published) : undefined],
    ["made", document.made ? formatPartialDate(document.made) : undefined],
    ["language", document.language ? formatLanguage(document.language) : undefined],
    ["file", document.handbook ? text.library.handbook : document.file_name],
    ["added", formatFull(document.created_at)],
  ];
  return (
    <>
      <dl className="entry-fields">
        {facts.flatMap(([name, value]) =>
          value
            ? [
                <div key={name}>
                  <dt>{text.library.factName(name)}</dt>
                  <dd dir="auto">
                    {value}
                    {corrected.some(({ field }) => field === name) ? ` (${text.entries.byYou})` : ""}
                  </dd>
                </div>,
              ]
            : [],
        )}
      </dl>
      {document.kind_found || document.kind_chosen ? <Kind document={document} /> : undefined}
      {correct.error ? <Failure failure={describeError(correct.error)} /> : undefined}
      <div className="dialog-actions">
        {corrected.length > 0 ? (
          <Button
            tone="quiet"
            busy={correct.isPending}
            onClick={() =>
              correct.mutate(Object.fromEntries(corrected.map(({ field }) => [field, null])), {
                onSuccess: () => showToast({ text: text.entries.takenBack }),
              })
            }
          >
            {text.entries.takeBack}
          </Button>
        ) : undefined}
        <Button tone="primary" onClick={onCorrect}>
          {text.entries.correct}
        </Button>
      </div>
    </>
  );
}

function Correction({ document, onDone }: { document: Document; onDone: () => void }) {
  const correct = useCorrectDocument(document.id);
  const [values, setValues] = useState<Record<Field, string>>(() => ({
    title: document.title,
    author: document.author ?? "",
    publisher: document.publisher ?? "",
    published: document.published ?? "",
    language: document.language ?? "",
  }));
  const told = (field: Field) => document.corrected?.find((corrected) => corrected.field === field);
  const changed = FIELDS.filter((field) => values[field].trim() !== (document[field] ?? ""));
  const save = () => {
    // What the document itself says is nothing that a person has to say.
    const wanted = changed.map((field): [Field, string | null] => {
      const value = values[field].trim();
      const own = told(field);
      return [field, own && value === (own.told ?? "") ? null : value];
    });
    const before: Fields = Object.fromEntries(
      changed.map((field) => [field, told(field) ? (document[field] ?? "") : null]),
    );
    const undo = () =>
      // This form is gone by then, so a refusal has a message of its own.
      void correct.mutateAsync(before).catch((error: unknown) => {
        const { message, hint } = describeError(error);
        showToast({ tone: "danger", text: message, hint });
      });
    correct.mutate(Object.fromEntries(wanted), {
      onSuccess: () => {
        showToast({ text: text.documents.corrected, action: { label: text.common.undo, run: undo } });
        onDone();
      },
    });
  };
  const hint = (field: Field) => {
    const own = told(field);
    if (own) return own.told ? text.documents.told(own.told) : text.documents.toldNothing;
    if (field === "published") return text.documents.dateHint;
    return field === "language" ? text.documents.languageHint : undefined;
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        if (changed.length === 0) onDone();
        else save();
      }}
    >
      <p className="field-hint">{text.documents.correctHint}</p>
      {FIELDS.map((field) => (
        <TextField
          key={field}
          label={field === "title" ? text.documents.title : text.library.factName(field)}
          hint={hint(field)}
          dir="auto"
          value={values[field]}
          onChange={(event) => setValues((before) => ({ ...before, [field]: event.target.value }))}
        />
      ))}
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

function Kind({ document }: { document: Document }) {
  const choose = useChooseKind(document.id);
  const found = document.kind_found;
  const foundName = text.documents.kindName(found?.kind ?? "unknown");
  const because = found?.because.map((signal) => text.documents.signalName(signal)) ?? [];
  const why =
    because.length > 0
      ? `${text.documents.because}: ${formatList(because)} (${formatShare(found?.certainty ?? 0, 0)})`
      : undefined;
  const hint = document.kind_chosen ? text.documents.chosen : why;
  return (
    <>
      <SelectField
        label={text.documents.kind}
        {...(hint ? { hint } : {})}
        value={document.kind_chosen ? (document.kind ?? "") : ""}
        disabled={choose.isPending}
        options={[
          { value: "", label: `${text.documents.found}: ${foundName}` },
          ...KINDS.map((kind) => ({ value: kind, label: text.documents.kindName(kind) })),
        ]}
        onChange={(event) =>
          choose.mutate(event.target.value || null, { onSuccess: () => showToast({ text: text.documents.saved }) })
        }
      />
      {choose.error ? <Failure failure={describeError(choose.error)} /> : undefined}
    </>
  );
}
