/** Who takes part in a group, and how they take turns. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { ArrowUp, Trash2 } from "lucide-react";
import { useState } from "react";
import { personasQuery } from "@/lib/api/personas";
import { text } from "@/lib/i18n";
import type { CreateConversation, Group, GroupState } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField, Switch, TextField } from "@/ui/field";
import { SliderField } from "@/ui/slider-field";
import { showToast } from "@/ui/toast";
import { useEndGroup, usePutGroup } from "../use-group";
import "../groups.css";

const MOST = 16;
const SHOWN = 8;

interface Row {
  id: string;
  name: string;
  talkativeness: number;
  /** Whether the slider was moved: else the card says how readily they speak. */
  own: boolean;
  muted: boolean;
}

function begin(state: GroupState | undefined): { rows: Row[]; rules: Omit<Group, "members"> } {
  const group = state?.group;
  const rows = (group?.members ?? []).map((member, index) => ({
    id: member.persona_id,
    name: state?.people[index]?.name ?? "",
    talkativeness: state?.people[index]?.talkativeness ?? 50,
    own: typeof member.talkativeness === "number",
    muted: member.muted ?? false,
  }));
  const rules = {
    policy: group?.policy ?? "natural",
    cards: group?.cards ?? "swap",
    answers_itself: group?.answers_itself ?? false,
    auto_turns: group?.auto_turns ?? 0,
    seed: group?.seed ?? Math.floor(Math.random() * 1_000_000),
  };
  return { rows, rules };
}

export function GroupDialog({
  conversationId,
  create,
  state,
  onClose,
  onDone,
}: {
  conversationId: string | undefined;
  create: CreateConversation;
  state: GroupState | undefined;
  onClose: () => void;
  onDone: (conversationId: string) => void;
}) {
  const [{ rows, rules }, set] = useState(() => begin(state));
  const put = usePutGroup(conversationId);
  const setRows = (change: (before: Row[]) => Row[]) => set((before) => ({ ...before, rows: change(before.rows) }));
  const setRule = (change: Partial<Group>) => set((before) => ({ ...before, rules: { ...before.rules, ...change } }));
  const save = () => {
    const members = rows.map((row) => ({
      persona_id: row.id,
      muted: row.muted,
      talkativeness: row.own ? row.talkativeness : null,
    }));
    put.mutate({ group: { ...rules, members }, create }, { onSuccess: ({ id }) => onDone(id) });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.groups.title}
      description={text.groups.hint}
      closeLabel={text.common.close}
    >
      <div className="group-dialog">
        <Members rows={rows} onChange={setRows} />
        {rows.length < MOST ? (
          <Choose taken={rows} onTake={(row) => setRows((before) => [...before, row])} />
        ) : undefined}
        <Rules rules={rules} onChange={setRule} />
        <div className="dialog-actions">
          {conversationId && state?.group ? <End conversationId={conversationId} onDone={onClose} /> : undefined}
          <Button tone="primary" disabled={rows.length < 2} busy={put.isPending} onClick={save}>
            {state?.group ? text.groups.save : text.groups.begin}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function End({ conversationId, onDone }: { conversationId: string; onDone: () => void }) {
  const end = useEndGroup(conversationId);
  return (
    <Button
      busy={end.isPending}
      onClick={() =>
        end.mutate(undefined, {
          onSuccess: () => {
            showToast({ text: text.groups.ended });
            onDone();
          },
        })
      }
    >
      {text.groups.end}
    </Button>
  );
}

function Members({ rows, onChange }: { rows: Row[]; onChange: (change: (before: Row[]) => Row[]) => void }) {
  const up = (index: number) =>
    onChange((before) => {
      const row = before[index];
      return row ? before.toSpliced(index, 1).toSpliced(index - 1, 0, row) : before;
    });
  return (
    <fieldset className="group-members">
      <legend className="field-label">{text.groups.members}</legend>
      {rows.length === 0 ? <p className="field-hint">{text.groups.nobodyYet}</p> : undefined}
      <ul className="group-rows">
        {rows.map((row, index) => (
          <li key={row.id} className="group-row">
            <strong className="group-name">{row.name}</strong>
            <SliderField
              label={text.groups.talkativeness(row.name)}
              min={0}
              max={100}
              step={5}
              value={row.talkativeness}
              onChange={(talkativeness) =>
                onChange((before) => before.with(index, { ...row, talkativeness, own: true }))
              }
            />
            <span className="group-row-buttons">
              <IconButton
                icon={ArrowUp}
                label={text.groups.up(row.name)}
                size="small"
                disabled={index === 0}
                onClick={() => up(index)}
              />
              <IconButton
                icon={Trash2}
                label={text.groups.remove(row.name)}
                size="small"
                onClick={() => onChange((before) => before.toSpliced(index, 1))}
              />
            </span>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

function Choose({ taken, onTake }: { taken: Row[]; onTake: (row: Row) => void }) {
  const [query, setQuery] = useState("");
  const list = useInfiniteQuery(personasQuery({ q: query, kind: "character" }));
  const found = (list.data?.pages.flatMap((page) => page.personas) ?? [])
    .filter((persona) => !taken.some((row) => row.id === persona.id))
    .slice(0, SHOWN);
  return (
    <div className="group-choose">
      <TextField
        label={text.groups.add}
        type="search"
        placeholder={text.groups.search}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <ul className="group-found">
        {found.map((persona) => (
          <li key={persona.id}>
            <Button
              onClick={() =>
                onTake({ id: persona.id, name: persona.name, talkativeness: 50, own: false, muted: false })
              }
            >
              {persona.name}
            </Button>
          </li>
        ))}
      </ul>
      {found.length === 0 && !list.isPending ? <p className="field-hint">{text.personas.noneFound}</p> : undefined}
    </div>
  );
}

function Rules({ rules, onChange }: { rules: Omit<Group, "members">; onChange: (change: Partial<Group>) => void }) {
  const options = (names: Record<string, string>) => Object.entries(names).map(([value, label]) => ({ value, label }));
  return (
    <>
      <SelectField
        label={text.groups.policy}
        options={options(text.groups.policies)}
        value={rules.policy}
        onChange={(event) => onChange({ policy: event.target.value })}
      />
      <SelectField
        label={text.groups.cards}
        options={options(text.groups.cardsOf)}
        value={rules.cards}
        onChange={(event) => onChange({ cards: event.target.value })}
      />
      <SliderField
        label={text.groups.auto}
        min={0}
        max={40}
        step={1}
        value={rules.auto_turns}
        onChange={(auto_turns) => onChange({ auto_turns })}
      />
      <Switch
        label={text.groups.itself}
        checked={rules.answers_itself}
        onChange={(answers_itself) => onChange({ answers_itself })}
      />
    </>
  );
}
