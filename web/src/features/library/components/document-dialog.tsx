/** What a document says of itself, and what kind of document it is, which a person may put right. */
import { describeError } from "@/lib/client";
import { formatFull, formatLanguage, formatList, formatPartialDate, formatShare } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Document } from "@/lib/types";
import { Dialog } from "@/ui/dialog";
import { Failure } from "@/ui/feedback";
import { SelectField } from "@/ui/field";
import { showToast } from "@/ui/toast";
import { useChooseKind } from "../api";

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

export function DocumentDialog({ document, onClose }: { document: Document; onClose: () => void }) {
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
    <Dialog open onClose={onClose} title={document.title} closeLabel={text.common.close}>
      <dl className="entry-fields">
        {facts.flatMap(([name, value]) =>
          value
            ? [
                <div key={name}>
                  <dt>{text.library.factName(name)}</dt>
                  <dd dir="auto">{value}</dd>
                </div>,
              ]
            : [],
        )}
      </dl>
      {document.kind_found || document.kind_chosen ? <Kind document={document} /> : undefined}
    </Dialog>
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
