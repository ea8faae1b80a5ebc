/** What a document says of itself, and what became of it. */
import { formatFull, formatLanguage, formatPartialDate } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Document } from "@/lib/types";
import { Dialog } from "@/ui/dialog";

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
    </Dialog>
  );
}
