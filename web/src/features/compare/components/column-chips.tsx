/** Who is to be asked: one chip each, with its settings. */
import { useQuery } from "@tanstack/react-query";
import { Plus, SlidersHorizontal, X } from "lucide-react";
import { useState } from "react";
import { modelLabel, modelsQuery } from "@/lib/api/models";
import { text } from "@/lib/i18n";
import type { NewCompareColumn } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { ColumnPicker } from "./column-picker";
import { ColumnSettings } from "./column-settings";

export const MOST_COLUMNS = 8;

export function ColumnChips({
  columns,
  onChange,
}: {
  columns: readonly NewCompareColumn[];
  onChange: (columns: NewCompareColumn[]) => void;
}) {
  const { data: models } = useQuery(modelsQuery);
  const [open, setOpen] = useState<number>();
  const nameOf = (column: NewCompareColumn) => column.name || modelLabel(models, column.model);
  const opened = open === undefined ? undefined : columns[open];
  return (
    <fieldset className="field">
      <legend className="field-label">{text.compare.who}</legend>
      <ul className="compare-chips">
        {columns.map((column, place) => (
          // The same model may be asked twice: its place is its identity.
          <li key={place} className="compare-chip">
            <span className="compare-chip-name">{nameOf(column)}</span>
            <IconButton
              icon={SlidersHorizontal}
              size="small"
              label={text.compare.columnSettings(nameOf(column))}
              onClick={() => setOpen(place)}
            />
            <IconButton
              icon={X}
              size="small"
              label={text.compare.removeColumn(nameOf(column))}
              onClick={() => onChange(columns.filter((_, at) => at !== place))}
            />
          </li>
        ))}
        {columns.length < MOST_COLUMNS ? (
          <li>
            <ColumnPicker
              trigger={<Button icon={Plus}>{text.compare.addColumn}</Button>}
              onPick={(column) => onChange([...columns, column])}
            />
          </li>
        ) : undefined}
      </ul>
      {opened && open !== undefined ? (
        <ColumnSettings
          column={opened}
          title={text.compare.columnSettings(nameOf(opened))}
          onClose={() => setOpen(undefined)}
          onSave={(changed) => {
            onChange(columns.map((column, at) => (at === open ? changed : column)));
            setOpen(undefined);
          }}
        />
      ) : undefined}
    </fieldset>
  );
}
