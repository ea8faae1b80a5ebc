/** A conversation as a file or on paper, or several as a file: in which form, and then it is saved or printed. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useDownload } from "@/lib/api/download";
import { exportAddress, exportManyAddress, FORMS_OF_ALL, type Form } from "@/lib/api/transfer";
import { fetchFile } from "@/lib/client";
import { text } from "@/lib/i18n";
import { printPage } from "@/lib/platform";
import type { Conversation } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField } from "@/ui/field";

/** As what a conversation leaves; a PDF is what the browser makes of the page. */
type Leaves = Form | "pdf";
const LEAVES: readonly Leaves[] = ["markdown", "html", "pdf", "json", "openai", "sharegpt"];

export function ExportDialog({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  return (
    <FormDialog
      title={text.transfer.exportTitle(conversation.title || text.chat.untitled)}
      forms={LEAVES}
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
  forms: readonly Leaves[];
  addressOf: (form: Form) => string;
  onClose: () => void;
}) {
  const [form, setForm] = useState<Leaves>(forms[0] ?? "json");
  const download = useDownload();
  const print = useMutation({
    mutationFn: async () => {
      const page = await fetchFile(addressOf("html"));
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
          if (form === "pdf") print.mutate();
          else download.mutate(addressOf(form), { onSuccess: onClose });
        }}
      >
        <SelectField
          label={text.transfer.form}
          hint={text.transfer.formHint[form]}
          options={forms.map((value) => ({ value, label: text.transfer.forms[value] }))}
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
