/** Makes a folder, or changes its name, what it says to models, and its documents. */
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Folder } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextAreaField, TextField } from "@/ui/field";
import { PanelSection } from "@/ui/panel-section";
import { useCreateFolder, useUpdateFolder } from "../folders-api";
import { toggleFolder } from "../place";
import { GroundingChoice } from "./grounding-picker";

export interface FolderDraft {
  /** The one that is changed; without it one is made. */
  folder?: Folder;
  /** The one that it is made in. */
  parent?: Folder;
}

const NOTHING = { enabled: false, document_ids: [] };

export function FolderDialog({ draft, onClose }: { draft: FolderDraft; onClose: () => void }) {
  const { folder, parent } = draft;
  const [grounding, setGrounding] = useState(folder?.grounding ?? NOTHING);
  const create = useCreateFolder();
  const update = useUpdateFolder();
  const failed = create.error ?? update.error;
  const save = (form: HTMLFormElement) => {
    const data = new FormData(form);
    const name = String(data.get("name") ?? "").trim();
    const prompt = String(data.get("prompt") ?? "");
    if (name === "") return;
    if (folder) update.mutate({ id: folder.id, change: { name, prompt, grounding } }, { onSuccess: onClose });
    else
      create.mutate(
        { name, prompt, grounding, parent_id: parent?.id ?? null },
        {
          onSuccess: () => {
            if (parent) toggleFolder(parent.id, true);
            onClose();
          },
        },
      );
  };
  const title = folder
    ? text.folders.edit(folder.name)
    : parent
      ? text.folders.createIn(parent.name)
      : text.folders.create;
  return (
    <Dialog open onClose={onClose} title={title} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save(event.currentTarget);
        }}
      >
        <TextField
          label={text.folders.name}
          name="name"
          defaultValue={folder?.name}
          required
          maxLength={100}
          autoFocus
          error={failed ? describeError(failed).message : undefined}
        />
        <TextAreaField
          label={text.folders.prompt}
          hint={text.folders.promptHint}
          name="prompt"
          rows={4}
          dir="auto"
          defaultValue={folder?.prompt}
        />
        <PanelSection title={text.folders.documents}>
          <GroundingChoice value={grounding} always={false} onChange={setGrounding} />
        </PanelSection>
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={create.isPending || update.isPending}>
            {text.common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
