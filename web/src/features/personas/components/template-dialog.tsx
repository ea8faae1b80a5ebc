/** Personas to begin with: one is taken, kept as a new one, and opened. */
import { useQuery } from "@tanstack/react-query";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Persona } from "@/lib/types";
import { Dialog } from "@/ui/dialog";
import { Failure, Skeleton } from "@/ui/feedback";
import { templatesQuery } from "../api";
import "../people.css";

export function TemplateDialog({
  busy,
  onClose,
  onTake,
}: {
  busy: boolean;
  onClose: () => void;
  onTake: (persona: Persona) => void;
}) {
  const templates = useQuery(templatesQuery);
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.personas.templates}
      description={text.personas.templatesHint}
      closeLabel={text.common.close}
    >
      {templates.error ? (
        <Failure
          failure={describeError(templates.error)}
          retryLabel={text.common.retry}
          onRetry={() => void templates.refetch()}
        />
      ) : undefined}
      {templates.isPending ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
      <ul className="template-list">
        {(templates.data?.templates ?? []).map((template) => (
          <li key={template.id}>
            <button type="button" className="template" disabled={busy} onClick={() => onTake(template.persona)}>
              <strong>{template.persona.name}</strong>
              <span className="field-hint">{template.about}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
