/** Watched folders: adding one, how each stands, looking at it now, and letting it go. */
import { useQuery } from "@tanstack/react-query";
import { FolderSync, RefreshCw } from "lucide-react";
import { useId, useState } from "react";
import { useLook, useUnwatch, useWatch, watchedQuery } from "@/lib/api/watched";
import { describeError } from "@/lib/client";
import { formatCount, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { WatchedFolder } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Facts } from "@/ui/facts";
import { Badge, Empty, Failure, Notice, Skeleton, type Tone } from "@/ui/feedback";
import { TextField } from "@/ui/field";
import { showToast } from "@/ui/toast";

const TONES: Record<WatchedFolder["state"], Tone> = {
  in_step: "good",
  catching_up: "accent",
  unreachable: "danger",
  leaving: "neutral",
};

export function WatchedDialog({ onClose }: { onClose: () => void }) {
  const { data, error, refetch } = useQuery(watchedQuery);
  return (
    <Dialog
      open
      side="end"
      onClose={onClose}
      title={text.watched.title}
      description={text.watched.lead}
      closeLabel={text.common.close}
    >
      <AddForm />
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={4} label={text.common.loading} /> : undefined}
      {data?.folders.length === 0 ? (
        <Empty icon={FolderSync} title={text.watched.none}>
          {text.watched.noneHint}
        </Empty>
      ) : undefined}
      {data && data.folders.length > 0 ? (
        <ul className="watched-folders" aria-label={text.watched.list}>
          {data.folders.map((folder) => (
            <Folder key={folder.id} folder={folder} />
          ))}
        </ul>
      ) : undefined}
    </Dialog>
  );
}

function AddForm() {
  const [path, setPath] = useState("");
  const [collection, setCollection] = useState("");
  const watch = useWatch();
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        watch.mutate(
          { path, collection: collection.trim() || null },
          {
            onSuccess: () => {
              setPath("");
              setCollection("");
            },
          },
        );
      }}
    >
      <TextField
        label={text.watched.path}
        hint={text.watched.pathHint}
        dir="ltr"
        spellCheck={false}
        required
        value={path}
        onChange={(event) => setPath(event.target.value)}
      />
      <TextField
        label={text.watched.collection}
        hint={text.watched.collectionHint}
        dir="auto"
        value={collection}
        onChange={(event) => setCollection(event.target.value)}
      />
      {watch.error ? <Failure failure={describeError(watch.error)} /> : undefined}
      <div className="dialog-actions">
        <Button tone="primary" type="submit" busy={watch.isPending} disabled={path.trim() === ""}>
          {text.watched.add}
        </Button>
      </div>
    </form>
  );
}

function Folder({ folder }: { folder: WatchedFolder }) {
  const [asking, setAsking] = useState<"no" | "yes" | "cancelled">("no");
  const look = useLook();
  const title = useId();
  const notes = [
    folder.collection ? text.watched.inCollection(folder.collection) : undefined,
    folder.looked_at ? text.watched.looked(formatWhen(folder.looked_at)) : undefined,
  ];
  return (
    <li className="card watched-folder" aria-labelledby={title}>
      <div className="watched-head">
        <h3 id={title}>
          <bdi dir="ltr">{folder.path}</bdi>
        </h3>
        <Badge tone={TONES[folder.state]}>{text.watched.state(folder.state)}</Badge>
      </div>
      {folder.problem ? (
        <Notice
          tone="warn"
          title={text.watched.problem(folder.problem.code)}
          hint={text.watched.nothingDeleted}
          detail={folder.problem.code === "failed" ? folder.problem.detail : undefined}
        />
      ) : undefined}
      <Facts facts={factsOf(folder)} />
      <p className="field-hint">{notes.filter(Boolean).join(" · ")}</p>
      <Skipped folder={folder} />
      {look.error ? <Failure failure={describeError(look.error)} /> : undefined}
      {asking === "yes" ? (
        <Farewell folder={folder} onCancel={() => setAsking("cancelled")} />
      ) : (
        <div className="page-actions">
          <Button
            icon={RefreshCw}
            busy={look.isPending}
            disabled={folder.state === "leaving"}
            onClick={() => look.mutate(folder.id)}
          >
            {text.watched.look}
          </Button>
          <Button
            tone="quiet"
            // Who changes their mind goes on where they were.
            autoFocus={asking === "cancelled"}
            disabled={folder.state === "leaving"}
            onClick={() => setAsking("yes")}
          >
            {text.watched.stop}
          </Button>
        </div>
      )}
    </li>
  );
}

/** What there is always, and what there is only sometimes. */
function factsOf(folder: WatchedFolder): (readonly [string, string])[] {
  const sometimes = [
    [text.watched.reading, folder.reading],
    [text.watched.waiting, folder.waiting],
    [text.watched.failed, folder.failed],
    [text.watched.deleted, folder.deleted],
    [text.watched.hidden, folder.hidden],
  ] as const;
  return [
    [text.watched.ready, formatCount(folder.ready)],
    ...sometimes.filter(([, count]) => count > 0).map(([name, count]) => [name, formatCount(count)] as const),
  ];
}

function Skipped({ folder }: { folder: WatchedFolder }) {
  if (folder.skipped === 0) return undefined;
  return (
    <details className="watched-skipped">
      <summary>{text.watched.skipped(folder.skipped)}</summary>
      <ul>
        {folder.skipped_files.map((file) => (
          <li key={file.path}>
            <bdi dir="ltr">{file.path}</bdi>
            <span className="field-hint"> {text.watched.reason(file.code, file.message)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Asks what becomes of the documents. */
function Farewell({ folder, onCancel }: { folder: WatchedFolder; onCancel: () => void }) {
  const unwatch = useUnwatch();
  const letGo = (documents: "keep" | "delete") =>
    // As a promise, since the folder itself is gone when the answer comes.
    void unwatch.mutateAsync({ id: folder.id, documents }).then(
      () => showToast({ text: text.watched.stopped(folder.path) }),
      () => undefined,
    );
  return (
    <div role="group" aria-label={text.watched.stop} className="watched-folder">
      <p>{text.watched.ask(folder.path)}</p>
      <p className="field-hint">{text.watched.askHint}</p>
      {unwatch.error ? <Failure failure={describeError(unwatch.error)} /> : undefined}
      <div className="page-actions">
        <Button autoFocus busy={unwatch.isPending} onClick={() => letGo("keep")}>
          {text.watched.keep}
        </Button>
        <Button tone="danger" busy={unwatch.isPending} onClick={() => letGo("delete")}>
          {text.watched.drop}
        </Button>
        <Button tone="quiet" onClick={onCancel}>
          {text.common.cancel}
        </Button>
      </div>
    </div>
  );
}
