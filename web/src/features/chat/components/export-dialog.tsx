/** A conversation as a file, or several: in which form, and then it is saved. */
import { useState } from "react";
import { useDownload } from "@/lib/api/download";
import { exportAddress, exportManyAddress, FORMS, FORMS_OF_ALL, type Form } from "@/lib/api/transfer";
import { text } from "@/lib/i18n";
import type { Conversation } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField } from "@/ui/field";

export function ExportDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  return (
    <FormDialog
      title={text.transfer.exportTitle(conversation.title || text.chat.untitled)}
      forms={FORMS}
      addressOf={(form) => exportAddress(conversation.id, form)}
      onClose={onClose}
    />
  );
}

export function ExportManyDialog({ ids, onClose }: { ids: readonly string[]; onClose: () => void }) {
  return (
    <FormDialog
      title={text.folders.exported(ids.length)}
      forms={FORMS_OF_ALL}
      addressOf={(form) => exportManyAddress(ids, form)}
      onClose={onClose}
    />
  );
}

function FormDialog({
  title,
  forms,
  addressOf,
  onClose,
}: {
  title: string;
  forms: readonly Form[];
  addressOf: (form: Form) => string;
  onClose: () => void;
}) {
  const [form, setForm] = useState<Form>(forms[0] ?? "json");
  const download = useDownload();
  return (
    <Dialog open onClose={onClose} title={title} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          download.mutate(addressOf(form), { onSuccess: onClose });
        }}
      >
        <SelectField
          label={text.transfer.form}
          hint={text.transfer.formHint[form]}
          options={forms.map((value) => ({ value, label: text.transfer.forms[value] }))}
          value={form}
          onChange={(event) => setForm(event.target.value as Form)}
        />
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={download.isPending}>
            {text.transfer.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
