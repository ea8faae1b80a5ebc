<<<<<<< HEAD
/** A conversation as a file or on paper: in which form, and then it is saved or printed. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useDownload } from "@/lib/api/download";
import { exportAddress, type Form } from "@/lib/api/transfer";
import { fetchFile } from "@/lib/client";
=======
/** A conversation as a file, or several: in which form, and then it is saved. */
import { useState } from "react";
import { useDownload } from "@/lib/api/download";
import { exportAddress, exportManyAddress, FORMS, FORMS_OF_ALL, type Form } from "@/lib/api/transfer";
>>>>>>> folders
import { text } from "@/lib/i18n";
import { printPage } from "@/lib/platform";
import type { Conversation } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField } from "@/ui/field";

/** As what a conversation leaves; a PDF is what the browser makes of the page. */
const LEAVES = ["markdown", "html", "pdf", "json", "openai", "sharegpt"] as const satisfies readonly (Form | "pdf")[];
type Leaves = (typeof LEAVES)[number];

export function ExportDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
<<<<<<< HEAD
  const [form, setForm] = useState<Leaves>("markdown");
=======
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
>>>>>>> folders
  const download = useDownload();
  const print = useMutation({
    mutationFn: async () => {
      const page = await fetchFile(exportAddress(conversation.id, "html"));
      await printPage(await page.text());
    },
    onSuccess: onClose,
  });
  return (
    <Dialog open onClose={onClose} title={title} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
<<<<<<< HEAD
          if (form === "pdf") print.mutate();
          else download.mutate(exportAddress(conversation.id, form), { onSuccess: onClose });
=======
          download.mutate(addressOf(form), { onSuccess: onClose });
>>>>>>> folders
        }}
      >
        <SelectField
          label={text.transfer.form}
          hint={text.transfer.formHint[form]}
<<<<<<< HEAD
          options={LEAVES.map((value) => ({ value, label: text.transfer.forms[value] }))}
=======
          options={forms.map((value) => ({ value, label: text.transfer.forms[value] }))}
>>>>>>> folders
          value={form}
          onChange={(event) => setForm(event.target.value as Leaves)}
        />
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={download.isPending || print.isPending}>
            {form === "pdf" ? text.transfer.print : text.transfer.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
