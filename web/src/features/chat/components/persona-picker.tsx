/** Who answers, and who the person is. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { VenetianMask } from "lucide-react";
import { useState } from "react";
import { personaQuery, personasQuery } from "@/lib/api/personas";
import { text } from "@/lib/i18n";
import type { Cast } from "@/lib/types";
import { classNames } from "@/ui/class-names";
import { PickList, type PickItem } from "@/ui/pick-list";
import { Popover } from "@/ui/popover";

const NOBODY = "character:";
const YOURSELF = "user:";

export function PersonaPicker({ value, onChange }: { value: Cast; onChange: (cast: Cast) => void }) {
  const [open, setOpen] = useState(false);
  const chosen = useQuery({ ...personaQuery(value.persona_id ?? ""), enabled: Boolean(value.persona_id) });
  const name = value.persona_id ? (chosen.data?.persona.name ?? "…") : text.personas.nobody;
  const on = Boolean(value.persona_id ?? value.user_persona_id);
  return (
    <Popover
      label={text.personas.picker}
      open={open}
      onOpenChange={setOpen}
      side="top"
      className="picker-popover"
      trigger={
        <button
          type="button"
          className={classNames("button", "button-quiet", on && "button-on")}
          aria-label={text.personas.pickerIs(name)}
        >
          <VenetianMask size={16} aria-hidden />
          {value.persona_id ? <span className="composer-tool-label">{name}</span> : undefined}
        </button>
      }
    >
      <Choice
        value={value}
        onPick={(cast) => {
          setOpen(false);
          onChange(cast);
        }}
      />
    </Popover>
  );
}

function Choice({ value, onPick }: { value: Cast; onPick: (cast: Cast) => void }) {
  const [query, setQuery] = useState("");
  const list = useInfiniteQuery(personasQuery({ q: query }));
  const personas = list.data?.pages.flatMap((page) => page.personas) ?? [];
  const item = (kind: "character" | "user"): PickItem[] =>
    personas
      .filter((persona) => persona.kind === kind)
      .map((persona) => ({
        id: `${kind}:${persona.id}`,
        label: persona.name,
        detail: persona.about,
        group: kind === "character" ? text.personas.characters : text.personas.you,
        // The server has found it by words that are not all shown here.
        keywords: `${persona.tags.join(" ")} ${query}`,
        selected: persona.id === (kind === "character" ? value.persona_id : value.user_persona_id),
      }));
  const items: PickItem[] = [
    {
      id: NOBODY,
      label: text.personas.nobody,
      detail: text.personas.nobodyHint,
      group: text.personas.characters,
      selected: !value.persona_id,
    },
    ...item("character"),
    { id: YOURSELF, label: text.personas.yourself, group: text.personas.you, selected: !value.user_persona_id },
    ...item("user"),
  ];
  const pick = (picked: string) => {
    const [kind, id] = picked.split(":");
    if (kind === "user") onPick({ ...value, user_persona_id: id || null });
    else onPick({ ...value, persona_id: id || null });
  };
  return (
    <PickList
      label={text.personas.picker}
      placeholder={text.personas.pickerSearch}
      emptyText={text.personas.noneFound}
      items={items}
      onPick={pick}
      onQuery={setQuery}
    />
  );
}
