/** Conversations of other programs come in: first what would come of it, then they are taken over. And all go out. */
import { useState } from "react";
import { useDownload } from "@/lib/api/download";
import { exportAddress, FORMS_OF_ALL, type ImportProgress, useImportConversations } from "@/lib/api/transfer";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { ImportedConversation, ImportedFile } from "@/lib/types";
import { Button } from "@/ui/button";
import { Notice, Progress } from "@/ui/feedback";
import { SelectField } from "@/ui/field";
import { showToast } from "@/ui/toast";
import { PicturesSection } from "./pictures-section";
import { SharesSection } from "./shares-section";

const ACCEPTED = ".json,.jsonl,.zip,application/json,application/zip";

export function ConversationsSection() {
  return (
    <>
      <Import />
      <ExportAll />
      <SharesSection />
      <PicturesSection />
    </>
  );
}

function Import() {
  const [files, setFiles] = useState<readonly File[]>([]);
  const look = useImportConversations();
  const take = useImportConversations();
  const found = (take.data ?? look.data)?.files ?? [];
  const conversations = found.flatMap((file) => file.conversations);
  const toTake = conversations.filter((one) => one.state !== "here").length;
  const folders = found.some((file) => file.folders > 0);
  const error = [take.error, look.error].find((error) => error && !ended(error));
  const choose = (chosen: FileList | null) => {
    const given = [...(chosen ?? [])];
    take.cancel();
    look.cancel();
    setFiles(given);
    take.reset();
    look.reset();
    if (given.length > 0) look.mutate({ files: given, dryRun: true });
  };
  const takeOver = () =>
    take.mutate(
      { files, dryRun: false },
      { onSuccess: (done) => showToast({ text: text.transfer.took(added(done.files)) }) },
    );
  return (
    <section className="form" aria-label={text.transfer.importTitle}>
      <h3>{text.transfer.importTitle}</h3>
      <p className="field-hint">{text.transfer.importHint}</p>
      <label className="field">
        <span className="field-label">{text.transfer.chooseFiles}</span>
        <input
          className="input"
          type="file"
          multiple
          accept={ACCEPTED}
          onChange={(event) => choose(event.target.files)}
        />
      </label>
      {look.isPending ? (
        <Going label={text.transfer.looking} progress={look.progress} onCancel={look.cancel} />
      ) : undefined}
      {take.isPending ? (
        <Going label={text.transfer.taking} progress={take.progress} onCancel={take.cancel} />
      ) : undefined}
      {ended(take.error) ? (
        <Notice tone="neutral" live title={text.transfer.stopped} hint={text.transfer.stoppedHint} />
      ) : undefined}
      {error ? (
        <Notice tone="danger" live title={describeError(error).message} hint={describeError(error).hint} />
      ) : undefined}
      {found.map((file) => (
        <Report key={file.file_name} file={file} done={take.data !== undefined} />
      ))}
      {look.data && !take.data ? (
        <div>
          <Button tone="primary" disabled={toTake === 0 && !folders} busy={take.isPending} onClick={takeOver}>
            {text.transfer.takeOver(toTake)}
          </Button>
        </div>
      ) : undefined}
    </section>
  );
}

/** How far it is, and the way to end it. */
function Going({
  label,
  progress,
  onCancel,
}: {
  label: string;
  progress: ImportProgress | undefined;
  onCancel: () => void;
}) {
  return (
    <div className="form">
      <p className="visually-hidden" role="status">
        {label}
      </p>
      <p className="numeric">
        {progress ? text.transfer.going(label, progress.fileName, progress.done, progress.of) : label}
      </p>
      <Progress label={label} value={progress ? progress.done / Math.max(1, progress.of) : undefined} />
      <div>
        <Button onClick={onCancel}>{text.common.cancel}</Button>
      </div>
    </div>
  );
}

/** Whether the person ended it. */
function ended(error: Error | null): boolean {
  return error?.name === "AbortError";
}

function added(files: readonly ImportedFile[]): number {
  return files.flatMap((file) => file.conversations).filter((one) => one.state !== "here").length;
}

/** What of a file is new, what is here, what is left out and what cannot be read. */
function Report({ file, done }: { file: ImportedFile; done: boolean }) {
  if (file.error)
    return <Notice tone="danger" title={file.file_name} hint={file.error.message} detail={file.error.hint} />;
  const count = (state: string) => file.conversations.filter((one) => one.state === state).length;
  const sum = (of: (one: ImportedConversation) => number) =>
    file.conversations.reduce((total, one) => total + of(one), 0);
  const left = text.transfer.leftOut({
    deleted: sum((one) => one.left_out_deleted),
    media: sum((one) => one.left_out_media),
    files: sum((one) => one.left_out_files),
    tools: sum((one) => one.left_out_tools),
    instructions: sum((one) => one.left_out_instructions),
  });
  const broken = file.broken.slice(0, 5).map((one) => `${one.place}: ${one.why}`);
  const states = text.transfer.states({
    fresh: count("new"),
    grown: count("grown"),
    here: count("here"),
    restored: count("restored"),
  });
  return (
    <Notice
      tone={file.broken.length > 0 ? "warn" : done ? "good" : "neutral"}
      title={text.transfer.found(file.file_name, file.source ?? "", file.conversations.length)}
      hint={[states, text.transfer.messages(sum((one) => one.added)), text.transfer.shelves(file), left]
        .filter(Boolean)
        .join(" · ")}
      detail={broken.length > 0 ? text.transfer.broken(file.broken.length, broken.join("; ")) : undefined}
    />
  );
}

function ExportAll() {
  const [form, setForm] = useState<(typeof FORMS_OF_ALL)[number]>("json");
  const download = useDownload();
  return (
    <section className="form" aria-label={text.transfer.exportAllTitle}>
      <h3>{text.transfer.exportAllTitle}</h3>
      <SelectField
        label={text.transfer.form}
        hint={text.transfer.formHint[form]}
        options={FORMS_OF_ALL.map((value) => ({ value, label: text.transfer.forms[value] }))}
        value={form}
        onChange={(event) => setForm(event.target.value as typeof form)}
      />
      <div>
        <Button busy={download.isPending} onClick={() => download.mutate(exportAddress(undefined, form))}>
          {text.transfer.saveAll}
        </Button>
      </div>
    </section>
  );
}
