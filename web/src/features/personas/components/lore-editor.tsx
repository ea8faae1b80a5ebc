/** The lorebook: its entries, each folded until it is looked at. */
import { FileInput, Plus, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { LoreEntry, Lorebook } from "@/lib/types";
import { Button } from "@/ui/button";
import { SelectField, Switch, TextAreaField, TextField } from "@/ui/field";
import { showToast } from "@/ui/toast";
import { useReadLorebook } from "../api";
import { entryName, listOf, numberSetting, setting, withSetting, type Draft } from "../model";
import type { OnChange } from "./persona-form";
import { WordsField } from "./words-field";

/** Entries shown at a time; a book may have thousands. */
const SHOWN = 50;
const { entry: words } = text.personas;

export function LoreEditor({ draft, onChange }: { draft: Draft; onChange: OnChange }) {
  const files = useRef<HTMLInputElement>(null);
  const read = useReadLorebook();
  const [shown, setShown] = useState(SHOWN);
  const book: Lorebook = draft.lorebook ?? { entries: [] };
  const entries = book.entries ?? [];
  const set = (change: Partial<Lorebook>, field: string) => onChange({ lorebook: { ...book, ...change } }, field);
  const take = async (file: File) => {
    try {
      const more = await read.mutateAsync(file);
      const added = more.entries ?? [];
      set({ ...more, ...book, entries: [...entries, ...added] }, `lore-import-${entries.length}`);
      showToast({ text: text.personas.importedLore(added.length) });
    } catch (error) {
      const { message, hint } = describeError(error);
      showToast({ tone: "danger", text: message, hint });
    }
  };
  const count = (value: string) => (value.trim() === "" ? null : Math.max(0, Math.round(Number(value)) || 0));
  return (
    <div className="persona-fields">
      <p className="field-hint">{text.personas.loreHint}</p>
      <div className="persona-pair">
        <TextField
          label={text.personas.budget}
          type="number"
          min={0}
          value={book.token_budget ?? ""}
          onChange={(event) => set({ token_budget: count(event.target.value) }, "lore-budget")}
        />
        <TextField
          label={text.personas.depth}
          type="number"
          min={0}
          value={book.scan_depth ?? ""}
          onChange={(event) => set({ scan_depth: count(event.target.value) }, "lore-depth")}
        />
      </div>
      <p className="field-hint" role="status">
        {text.personas.loreEntries(entries.length)}
      </p>
      {entries.slice(0, shown).map((entry, index) => (
        <details
          // An entry may have no id, and names repeat.
          // oxlint-disable-next-line no-array-index-key
          key={index}
          className="lore-entry"
        >
          <summary>
            {entryName(entry, index)}
            <span className="field-hint"> {(entry.keys ?? []).slice(0, 4).join(", ")}</span>
          </summary>
          <EntryForm
            entry={entry}
            onChange={(next, field) => set({ entries: entries.with(index, next) }, `lore-${index}-${field}`)}
          />
          <Button
            icon={Trash2}
            onClick={() => set({ entries: entries.toSpliced(index, 1) }, `lore-remove-${entries.length}`)}
          >
            {text.personas.removeEntry(entryName(entry, index))}
          </Button>
        </details>
      ))}
      <div className="persona-buttons">
        {entries.length > shown ? (
          <Button onClick={() => setShown(shown + SHOWN)}>{text.common.more}</Button>
        ) : undefined}
        <Button
          icon={Plus}
          onClick={() => {
            const added: LoreEntry = { keys: [], content: "", enabled: true, insertion_order: 100 };
            setShown(Math.max(shown, entries.length + 1));
            set({ entries: [...entries, added] }, `lore-add-${entries.length}`);
          }}
        >
          {text.personas.addEntry}
        </Button>
        <Button icon={FileInput} busy={read.isPending} onClick={() => files.current?.click()}>
          {text.personas.importLore}
        </Button>
        <input
          ref={files}
          type="file"
          hidden
          accept=".json,.png,.charx,application/json,image/png"
          aria-label={text.personas.importLore}
          onChange={(event) => {
            const [file] = event.target.files ?? [];
            if (file) void take(file);
            event.target.value = "";
          }}
        />
      </div>
    </div>
  );
}

interface EntryProps {
  entry: LoreEntry;
  onChange: (entry: LoreEntry, field: string) => void;
}

function EntryForm({ entry, onChange }: EntryProps) {
  return (
    <div className="persona-fields">
      <div className="persona-pair">
        <TextField
          label={words.name}
          value={entry.name ?? entry.comment ?? ""}
          onChange={(event) => onChange({ ...entry, name: event.target.value || null }, "name")}
        />
        <WordsField
          label={words.keys}
          hint={words.keysHint}
          value={entry.keys ?? []}
          write={(list) => list.join(", ")}
          read={listOf}
          onChange={(keys) => onChange({ ...entry, keys }, "keys")}
        />
      </div>
      <TextAreaField
        label={words.content}
        rows={4}
        value={entry.content ?? ""}
        onChange={(event) => onChange({ ...entry, content: event.target.value }, "content")}
      />
      <div className="persona-pair">
        <Switch
          label={words.enabled}
          checked={entry.enabled ?? true}
          onChange={(enabled) => onChange({ ...entry, enabled }, "enabled")}
        />
        <Switch
          label={words.constant}
          checked={entry.constant ?? false}
          onChange={(constant) => onChange({ ...entry, constant }, "constant")}
        />
      </div>
      <EntryLogic entry={entry} onChange={onChange} />
      <EntryNumbers entry={entry} onChange={onChange} />
    </div>
  );
}

function EntryLogic({ entry, onChange }: EntryProps) {
  const position = numberSetting(entry, "position", entry.position === "after_char" ? 1 : 0);
  return (
    <div className="persona-pair">
      <WordsField
        label={words.secondary}
        value={entry.secondary_keys ?? []}
        write={(list) => list.join(", ")}
        read={listOf}
        onChange={(keys) =>
          onChange({ ...entry, secondary_keys: keys, selective: keys.length > 0 || (entry.selective ?? false) }, "more")
        }
      />
      <SelectField
        label={words.logic}
        value={String(numberSetting(entry, "selectiveLogic", 0))}
        options={words.logics.map((label, value) => ({ value: String(value), label }))}
        onChange={(event) => onChange(withSetting(entry, "selectiveLogic", Number(event.target.value)), "logic")}
      />
      <SelectField
        label={words.position}
        value={String(position)}
        options={words.positions
          .map((label, value) => ({ value: String(value), label }))
          .filter((option) => option.label !== "" || option.value === String(position))}
        onChange={(event) => onChange(withSetting(entry, "position", Number(event.target.value)), "position")}
      />
      <TextField
        label={words.group}
        value={String(setting(entry, "group") ?? "")}
        onChange={(event) => onChange(withSetting(entry, "group", event.target.value || undefined), "group")}
      />
    </div>
  );
}

const NUMBERS = [
  ["depth", words.depth, 4],
  ["probability", words.probability, 100],
  ["group_weight", words.groupWeight, 100],
  ["sticky", words.sticky, 0],
  ["cooldown", words.cooldown, 0],
  ["delay", words.delay, 0],
] as const;

function EntryNumbers({ entry, onChange }: EntryProps) {
  const whole = (value: string) => Math.round(Number(value)) || 0;
  return (
    <div className="persona-numbers">
      <TextField
        label={words.order}
        type="number"
        value={entry.insertion_order ?? 100}
        onChange={(event) => onChange({ ...entry, insertion_order: whole(event.target.value) }, "order")}
      />
      {NUMBERS.map(([name, label, usual]) => (
        <TextField
          key={name}
          label={label}
          type="number"
          min={0}
          value={numberSetting(entry, name, usual)}
          onChange={(event) => onChange(withSetting(entry, name, Math.max(0, whole(event.target.value))), name)}
        />
      ))}
    </div>
  );
}
