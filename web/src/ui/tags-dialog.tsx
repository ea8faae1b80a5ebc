/** The tags of one thing or of several: those in use to tick, and another one to type. */
import { useRef, useState, type FormEvent } from "react";
import { text } from "@/lib/i18n";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { TextField } from "./field";
import "./tags.css";

export interface TagChange {
  add: string[];
  remove: string[];
}

export interface TagsDialogProps {
  title: string;
  /** The tags that each of them has. */
  tagged: readonly (readonly string[])[];
  /** Tags that are used anywhere. */
  known: readonly string[];
  /** The longest tag, in letters. */
  maxLength: number;
  /** Only called where something changes. */
  onSave: (change: TagChange) => void;
  onClose: () => void;
}

export function TagsDialog({ title, tagged, known, maxLength, onSave, onClose }: TagsDialogProps) {
  const had = (tag: string) => tagged.filter((tags) => tags.includes(tag)).length;
  const [added, setAdded] = useState<string[]>([]);
  // Only what was ticked or unticked here is changed: of several, some may have a tag.
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const tags = [...new Set([...tagged.flat(), ...added, ...known])];

  const form = useRef<HTMLFormElement>(null);
  const typed = () => (form.current ? plain(String(new FormData(form.current).get("tag") ?? "")) : "");

  const add = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const tag = typed();
    if (tag === "") return;
    setAdded((before) => [tag, ...before]);
    setChosen((before) => new Map(before).set(tag, true));
    event.currentTarget.reset();
  };
  const save = () => {
    onClose();
    // What stands in the field is meant as well.
    const left = typed();
    const wanted = [...(left === "" ? chosen : new Map(chosen).set(left, true))];
    const add = wanted.filter(([tag, on]) => on && had(tag) < tagged.length).map(([tag]) => tag);
    const remove = wanted.filter(([tag, on]) => !on && had(tag) > 0).map(([tag]) => tag);
    if (add.length + remove.length > 0) onSave({ add, remove });
  };
  return (
    <Dialog open onClose={onClose} title={title} closeLabel={text.common.close}>
      <form ref={form} className="tag-form" onSubmit={add}>
        <TextField label={text.folders.newTag} name="tag" maxLength={maxLength} dir="auto" autoFocus />
        <Button type="submit">{text.folders.addTag}</Button>
      </form>
      <div className="tag-list" role="group" aria-label={text.folders.tags}>
        {tags.map((tag) => (
          <Tick
            key={tag}
            tag={tag}
            count={chosen.get(tag) === undefined ? had(tag) : chosen.get(tag) ? tagged.length : 0}
            of={tagged.length}
            onChange={(on) => setChosen((before) => new Map(before).set(tag, on))}
          />
        ))}
        {tags.length === 0 ? <p className="field-hint">{text.folders.noTags}</p> : undefined}
      </div>
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onClose}>
          {text.common.cancel}
        </Button>
        <Button tone="primary" onClick={save}>
          {text.common.save}
        </Button>
      </div>
    </Dialog>
  );
}

function Tick({
  tag,
  count,
  of,
  onChange,
}: {
  tag: string;
  count: number;
  of: number;
  onChange: (on: boolean) => void;
}) {
  const some = count > 0 && count < of;
  return (
    <label className="check-row">
      <input
        type="checkbox"
        checked={count === of}
        ref={(element) => {
          if (element) element.indeterminate = some;
        }}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span dir="auto">{tag}</span>
    </label>
  );
}

/** A tag as the server keeps it. */
function plain(tag: string): string {
  return tag
    .trim()
    .replace(/^#+/, "")
    .replaceAll(/[",\\]/g, "")
    .split(/\s+/)
    .join(" ")
    .toLowerCase();
}
