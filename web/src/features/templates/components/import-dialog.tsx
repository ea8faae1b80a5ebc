/** Templates out of a file: first what would come of it, then the taking in. */
import { useRef, useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { ImportedTemplate, TemplateImport } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Badge, Failure } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { useImportTemplates } from "../api";

export function ImportDialog({ onClose }: { onClose: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [looked, setLooked] = useState<{ file: File; report: TemplateImport }>();
  const take = useImportTemplates();
  const fresh = looked?.report.templates.filter((one) => one.outcome === "new").length ?? 0;
  const look = async (file: File) => {
    setLooked(undefined);
    const report = await take.mutateAsync({ file, dryRun: true }).catch(() => undefined);
    if (report) setLooked({ file, report });
  };
  const keep = async (file: File) => {
    const report = await take.mutateAsync({ file, dryRun: false }).catch(() => undefined);
    if (!report) return;
    showToast({ text: text.templates.imported(report.templates.filter((one) => one.outcome === "new").length) });
    onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.templates.import}
      description={text.templates.importHint}
      closeLabel={text.common.close}
    >
      <input
        ref={input}
        type="file"
        hidden
        accept=".json,application/json"
        aria-label={text.templates.chooseFile}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          event.target.value = "";
          if (file) void look(file);
        }}
      />
      <Button onClick={() => input.current?.click()} busy={take.isPending}>
        {text.templates.chooseFile}
      </Button>
      {take.error ? <Failure failure={describeError(take.error)} /> : undefined}
      {looked ? (
        <>
          <ul className="template-import" aria-label={looked.file.name}>
            {looked.report.templates.map((one, index) => (
              <Found key={index} found={one} />
            ))}
          </ul>
          <div className="dialog-actions">
            <Button onClick={onClose}>{text.templates.cancel}</Button>
            <Button tone="primary" disabled={fresh === 0} busy={take.isPending} onClick={() => void keep(looked.file)}>
              {text.templates.takeIn(fresh)}
            </Button>
          </div>
        </>
      ) : undefined}
    </Dialog>
  );
}

const TONES = { new: "good", known: "neutral", refused: "danger" } as const;

function Found({ found }: { found: ImportedTemplate }) {
  const outcome = found.outcome === "new" || found.outcome === "known" ? found.outcome : "refused";
  return (
    <li>
      <span dir="auto">{found.title}</span> <code>/{found.command}</code>{" "}
      <Badge tone={TONES[outcome]}>{text.templates.outcomes[outcome]}</Badge>
      {found.why ? <span className="field-error">{found.why}</span> : undefined}
    </li>
  );
}
