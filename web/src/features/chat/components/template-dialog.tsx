/** What a template asks for, before its words land in the message. */
import { useState } from "react";
import { text } from "@/lib/i18n";
import { beginnings } from "@/lib/template-values";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { VariableFields } from "@/ui/variable-fields";
import type { Filling, UsedTemplate } from "../use-template";

export function TemplateDialog({ filling, fill, close }: Pick<UsedTemplate, "fill" | "close"> & { filling: Filling }) {
  const [values, setValues] = useState(() => beginnings(filling.asked));
  const [refused, setRefused] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setRefused(await fill(values));
    setBusy(false);
  };
  const { title, description } = filling.kept.template;
  return (
    <Dialog
      open
      onClose={close}
      title={title || text.templates.fill}
      {...(description ? { description } : {})}
      closeLabel={text.common.close}
    >
      <form
        className="form"
        noValidate
        aria-label={text.templates.fill}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <VariableFields
          variables={filling.asked}
          values={values}
          refused={refused}
          nothing={text.templates.nothingChosen}
          onChange={(name, value) => {
            setValues((before) => ({ ...before, [name]: value }));
            setRefused(({ [name]: _gone, ...others }) => others);
          }}
        />
        <div className="dialog-actions">
          <Button onClick={close}>{text.templates.cancel}</Button>
          <Button tone="primary" type="submit" busy={busy}>
            {text.templates.insert}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
