/** Where a provider's list of models comes from, and why it may be old. */
import { formatFull } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { ModelSource } from "@/lib/types";
import { Notice } from "@/ui/feedback";

export function SourceNote({ source }: { source: ModelSource | undefined }) {
  if (!source) return undefined;
  const told = text.models.source(source.source, source.fetched_at ? formatFull(source.fetched_at) : undefined);
  if (source.problem) return <Notice tone="warn" title={told} detail={source.problem} />;
  return <p className="field-hint">{told}</p>;
}
