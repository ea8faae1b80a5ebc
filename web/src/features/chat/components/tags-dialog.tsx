/** The tags of one conversation or of several: those in use to tick, and another one to type. */
import { useRef, useState, type FormEvent } from "react";
import { text } from "@/lib/i18n";
import type { Conversation } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { useArrange } from "../folders-api";

export interface TagsDialogProps {
  conversations: readonly Conversation[];
  /** Tags that are used anywhere. */
  known: readonly string[];
  onClose: () => void;
}

export function TagsDialog({ conversations, known, onClose }: TagsDialogProps) {
  const arrange = useArrange();
  const had = (tag: string) => conversations.filter((entry) => entry.filed?.tags?.includes(tag)).length;
  const own = conversations.flatMap((entry) => entry.filed?.tags ?? []);
  const [added, setAdded] = useState<string[]>([]);
  // Only what was ticked or unticked here is changed: of several, some may have a tag.
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const tags = [...new Set([...own, ...added, ...known])];
  const [only] = conversations;
  const title =
    conversations.length === 1 && only
      ? text.folders.tagsOf(only.title || text.chat.untitled)
      : text.folders.tagsOfMany(conversations.length);

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
    const add = wanted.filter(([tag, on]) => on && had(tag) < conversations.length).map(([tag]) => tag);
    const remove = wanted.filter(([tag, on]) => !on && had(tag) > 0).map(([tag]) => tag);
    if (add.length + remove.length === 0) return;
    arrange.mutate({
      ids: conversations.map((entry) => entry.id),
      change: { kind: "tag", add, remove },
      done: text.folders.tagged(conversations.length),
    });
  };
  return (
    <Dialog open onClose={onClose} title={title} closeLabel={text.common.close}>
      <form ref={form} className="tag-form" onSubmit={add}>
        <TextField label={text.folders.newTag} name="tag" maxLength={40} dir="auto" autoFocus />
        <Button type="submit">{text.folders.addTag}</Button>
      </form>
      <div className="tag-list" role="group" aria-label={text.folders.tags}>
        {tags.map((tag) => (
          <Tick
            key={tag}
            tag={tag}
            count={chosen.get(tag) === undefined ? had(tag) : chosen.get(tag) ? conversations.length : 0}
            of={conversations.length}
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
