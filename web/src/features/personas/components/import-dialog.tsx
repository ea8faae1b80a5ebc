/** Cards come in: first what would come of them, then they are kept. */
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { ImportedPersona } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Notice } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { useImport } from "../api";

const ACCEPTED = ".json,.png,.apng,.charx,.xml,.zip,application/json,image/png,text/xml,application/zip";

export function ImportDialog({ onClose }: { onClose: () => void }) {
  const [files, setFiles] = useState<readonly File[]>([]);
  const look = useImport();
  const take = useImport();
  const found = look.data?.files ?? [];
  const ready = found.filter(canTake);
  // An archive is sent again as a whole; what of it cannot be taken is refused once more, and told.
  const good = files.filter((file) =>
    ready.some((one) => one.file_name === file.name || one.file_name.startsWith(`${file.name}/`)),
  );
  const refused = (take.data?.files ?? []).filter((file) => file.error);
  const choose = (chosen: FileList | null) => {
    const given = [...(chosen ?? [])];
    setFiles(given);
    if (given.length > 0) look.mutate({ files: given, dryRun: true });
  };
  const finish = async () => {
    const { files: taken } = await take.mutateAsync({ files: good, dryRun: false });
    showToast({ text: text.personas.tookIn(taken.filter((file) => file.id).length) });
    if (taken.every((file) => !file.error)) onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.personas.importing}
      description={text.personas.importHint}
      closeLabel={text.common.close}
    >
      <div className="import-body">
        <label className="field">
          <span className="field-label">{text.personas.chooseFiles}</span>
          <input
            className="input"
            type="file"
            multiple
            accept={ACCEPTED}
            onChange={(event) => choose(event.target.files)}
          />
        </label>
        {look.isPending ? <p role="status">{text.personas.lookingAtFiles}</p> : undefined}
        {look.error ? (
          <Notice tone="danger" live title={describeError(look.error).message} hint={describeError(look.error).hint} />
        ) : undefined}
        <ul className="import-list">
          {(take.data ? refused : found).map((file) => (
            <li key={file.file_name}>
              <ImportRow file={file} />
            </li>
          ))}
        </ul>
        {refused.length > 0 ? <p role="status">{text.personas.notTaken(refused.length)}</p> : undefined}
        {found.length > 0 && good.length === 0 ? <p role="status">{text.personas.nothingToTake}</p> : undefined}
        <div className="dialog-actions">
          <Button onClick={onClose}>{take.data ? text.common.close : text.common.cancel}</Button>
          {take.data ? undefined : (
            <Button tone="primary" disabled={ready.length === 0} busy={take.isPending} onClick={() => void finish()}>
              {text.personas.takeIn(ready.length)}
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function canTake(file: ImportedPersona | undefined): boolean {
  return file !== undefined && !file.error && !file.same_as && !file.findings.some((one) => one.weight === "error");
}

function ImportRow({ file }: { file: ImportedPersona }) {
  if (file.error)
    return <Notice tone="danger" title={file.file_name} hint={file.error.message} detail={file.error.hint} />;
  const said = [...file.notes, ...file.findings.filter((one) => one.weight !== "hint").map((one) => one.message)];
  const title = text.personas.fileIs(file.name ?? file.file_name, file.form ?? "");
  return (
    <Notice
      tone={file.same_as ? "neutral" : said.length > 0 ? "warn" : "good"}
      title={file.same_as ? `${title}: ${text.personas.isThere}` : title}
      hint={said.length > 0 ? said.slice(0, 5).join(" · ") : undefined}
    />
  );
}
