/** A conversation as a file: in which form, and then it is saved. */
import { useState } from "react";
import { useDownload } from "@/lib/api/download";
import { exportAddress, FORMS, type Form } from "@/lib/api/transfer";
import { text } from "@/lib/i18n";
import type { Conversation } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField } from "@/ui/field";

export function ExportDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const [form, setForm] = useState<Form>("markdown");
  const download = useDownload();
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.transfer.exportTitle(conversation.title || text.chat.untitled)}
      closeLabel={text.common.close}
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          download.mutate(exportAddress(conversation.id, form), { onSuccess: onClose });
        }}
      >
        <SelectField
          label={text.transfer.form}
          hint={text.transfer.formHint[form]}
          options={FORMS.map((value) => ({ value, label: text.transfer.forms[value] }))}
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
