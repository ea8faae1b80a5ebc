/** Models, routes and personas to ask. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { modelsQuery } from "@/lib/api/models";
import { personaQuery, personasQuery } from "@/lib/api/personas";
import { settingsQuery } from "@/lib/api/settings";
import { text } from "@/lib/i18n";
import type { NewCompareColumn } from "@/lib/types";
import { modelItems } from "@/lib/api/model-items";
import { PickList } from "@/ui/pick-list";
import { Popover } from "@/ui/popover";

const PERSONA = "persona:";

export function ColumnPicker({
  trigger,
  onPick,
}: {
  trigger: ReactElement;
  onPick: (column: NewCompareColumn) => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label={text.compare.chooseColumn}
      open={open}
      onOpenChange={setOpen}
      className="picker-popover"
      trigger={trigger}
    >
      <Choice
        onPick={(column) => {
          setOpen(false);
          onPick(column);
        }}
      />
    </Popover>
  );
}

function Choice({ onPick }: { onPick: (column: NewCompareColumn) => void }) {
  const [query, setQuery] = useState("");
  const { data: models } = useQuery(modelsQuery);
  const list = useInfiniteQuery(personasQuery({ q: query, kind: "character" }));
  const personas = list.data?.pages.flatMap((page) => page.personas) ?? [];
  const client = useQueryClient();
  const { data: settings } = useQuery(settingsQuery);
  const pickPersona = async (id: string, name: string) => {
    const kept = await client.fetchQuery(personaQuery(id)).catch(() => undefined);
    // One that prefers no model is played by the usual one.
    onPick({ persona_id: id, name, model: kept?.persona.model || (settings?.default_model ?? "") });
  };
  const items = [
    ...modelItems(models, undefined),
    ...personas.map((persona) => ({
      id: `${PERSONA}${persona.id}`,
      label: persona.name,
      detail: persona.about,
      group: text.compare.personas,
      // The server has found it by words that are not all shown here.
      keywords: `${persona.tags.join(" ")} ${query}`,
    })),
  ];
  return (
    <PickList
      label={text.compare.chooseColumn}
      placeholder={text.compare.searchColumn}
      emptyText={text.compare.noSuchColumn}
      items={items}
      onQuery={setQuery}
      onPick={(id) => {
        if (!id.startsWith(PERSONA)) return onPick({ model: id });
        const persona = personas.find((one) => `${PERSONA}${one.id}` === id);
        return void pickPersona(id.slice(PERSONA.length), persona?.name ?? "");
      }}
    />
  );
}
