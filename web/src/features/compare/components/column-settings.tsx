/** What a column is asked with: its name, its model, instructions and parameters. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { text } from "@/lib/i18n";
import type { NewCompareColumn } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField, TextAreaField, TextField } from "@/ui/field";
import { modelItems } from "@/lib/api/model-items";

const NUMBERS = ["temperature", "top_p", "max_output_tokens", "seed"] as const;

export function ColumnSettings({
  column,
  title,
  onSave,
  onClose,
}: {
  column: NewCompareColumn;
  title: string;
  onSave: (column: NewCompareColumn) => void;
  onClose: () => void;
}) {
  const { data: models } = useQuery(modelsQuery);
  const [draft, setDraft] = useState(column);
  const items = modelItems(models, undefined).map(({ id, label, group }) => ({
    value: id,
    label: `${label} (${group})`,
  }));
  const known = items.some(({ value }) => value === draft.model);
  const options = known ? items : [{ value: draft.model ?? "", label: draft.model || text.chat.noModel }, ...items];
  const labels = {
    temperature: text.compare.temperature,
    top_p: text.compare.topP,
    max_output_tokens: text.compare.mostTokens,
    seed: text.compare.seed,
  };
  return (
    <Dialog open onClose={onClose} title={title} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          onSave(draft);
        }}
      >
        <TextField
          label={text.compare.columnName}
          hint={text.compare.columnNameHint}
          value={draft.name ?? ""}
          maxLength={60}
          onChange={(event) => setDraft({ ...draft, name: event.target.value })}
        />
        <SelectField
          label={text.compare.columnModel}
          options={options}
          value={draft.model ?? ""}
          onChange={(event) => setDraft({ ...draft, model: event.target.value })}
        />
        <TextAreaField
          label={text.compare.instructions}
          hint={text.compare.instructionsHint}
          rows={3}
          value={draft.instructions ?? ""}
          onChange={(event) => setDraft({ ...draft, instructions: event.target.value })}
        />
        <div className="compare-numbers">
          {NUMBERS.map((name) => (
            <TextField
              key={name}
              label={labels[name]}
              type="number"
              step={name === "temperature" || name === "top_p" ? 0.05 : 1}
              min={name === "seed" ? undefined : 0}
              value={draft[name] ?? ""}
              onChange={(event) =>
                setDraft({ ...draft, [name]: event.target.value === "" ? null : Number(event.target.value) })
              }
            />
          ))}
        </div>
        <div className="dialog-actions">
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button tone="primary" type="submit">
            {text.common.done}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
