/** What can be picked for what is asked in the composer: commands, models and personas, documents. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { BookOpenText, FileText, VenetianMask } from "lucide-react";
import { useMemo } from "react";
import { useAllActions } from "@/lib/actions";
import { documentsQuery } from "@/lib/api/documents";
import { modelsQuery } from "@/lib/api/models";
import { personasQuery } from "@/lib/api/personas";
import { templatesQuery } from "@/lib/api/templates";
import { text } from "@/lib/i18n";
import { matching, type PickItem } from "@/ui/pick-list";
import type { Cast, Grounding } from "@/lib/types";
import { modelItems } from "@/lib/api/model-items";
import type { Asked } from "./suggest";

export interface Suggestion {
  item: PickItem;
  run: () => void;
}

export interface Choices {
  model: string | undefined;
  grounding: Grounding;
  cast: Cast;
  onModel: (id: string) => void;
  onGrounding: (grounding: Grounding) => void;
  onCast: (cast: Cast) => void;
}

/** So many are offered at once; more is found by typing. */
const SHOWN = 8;
/** Of templates where nothing is typed yet: the commands of the conversation stand beside them. */
const TEMPLATES_SHOWN = 4;

export function useSuggestions(
  asked: Asked | undefined,
  choices: Choices | undefined,
  onTemplate: (id: string) => void,
): readonly Suggestion[] {
  const actions = useAllActions();
  const models = useQuery({ ...modelsQuery, enabled: asked?.trigger === "@" });
  const personas = useInfiniteQuery({
    ...personasQuery({ q: asked?.query ?? "", kind: "character" }),
    enabled: asked?.trigger === "@",
  });
  const templates = useQuery({ ...templatesQuery(), enabled: asked?.trigger === "/" });
  const documents = useInfiniteQuery({
    ...documentsQuery({ q: asked?.query || undefined, status: "ready" }),
    enabled: asked?.trigger === "#",
  });
  return useMemo(() => {
    if (!asked || !choices) return [];
    switch (asked.trigger) {
      case "/": {
        // What belongs to the conversation first; the rest of the palette follows.
        const ordered = actions.toSorted(
          (one, other) => Number(other.group === text.actions.chat) - Number(one.group === text.actions.chat),
        );
        const items = ordered
          .filter((action) => action.id !== "view.palette")
          .map(({ id, label, group, icon, keywords }) => ({ id, label, group, icon, keywords }));
        const own = (templates.data ?? []).map((template) => ({
          id: `template:${template.id}`,
          label: `/${template.command}`,
          detail: template.title,
          group: text.templates.title,
          icon: FileText,
          keywords: `${template.command} ${template.category}`,
        }));
        const typed = asked.query !== "";
        const found = matching(own, asked.query)
          .toSorted((one, other) => Number(begins(other, asked.query)) - Number(begins(one, asked.query)))
          .slice(0, typed ? SHOWN : TEMPLATES_SHOWN)
          .map((item) => ({ item, run: () => onTemplate(item.id.slice("template:".length)) }));
        const done = pick(items, asked.query, (id) => ordered.find((action) => action.id === id)?.run());
        return [...found, ...done].slice(0, SHOWN);
      }
      case "@": {
        const people = (personas.data?.pages.flatMap((page) => page.personas) ?? []).map((persona) => ({
          id: `persona:${persona.id}`,
          label: persona.name,
          group: text.personas.characters,
          icon: VenetianMask,
          detail: persona.about,
          keywords: persona.tags.join(" "),
        }));
        return pick([...modelItems(models.data, choices.model), ...people], asked.query, (id) => {
          if (id.startsWith("persona:")) choices.onCast({ ...choices.cast, persona_id: id.slice("persona:".length) });
          else choices.onModel(id);
        });
      }
      case "#": {
        const items = (documents.data?.pages.flatMap((page) => page.documents) ?? []).map((document) => ({
          id: document.id,
          label: document.title,
          group: text.library.title,
          icon: BookOpenText,
          keywords: asked.query,
        }));
        const { document_ids } = choices.grounding;
        return pick(items, asked.query, (id) =>
          choices.onGrounding({
            enabled: true,
            document_ids: document_ids.includes(id) ? document_ids : [...document_ids, id],
          }),
        );
      }
    }
  }, [actions, asked, choices, documents.data, models.data, onTemplate, personas.data, templates.data]);
}

function pick(items: readonly PickItem[], query: string, run: (id: string) => void): Suggestion[] {
  return matching(items, query)
    .slice(0, SHOWN)
    .map((item) => ({ item, run: () => run(item.id) }));
}

/** Whether a command begins with what is typed. */
function begins(item: PickItem, query: string): boolean {
  return item.label.toLowerCase().startsWith(`/${query.toLowerCase()}`);
}
