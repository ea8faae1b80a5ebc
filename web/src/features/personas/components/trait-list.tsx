/** Traits with how strong they are, and suggestions by the story. */
import { useQuery } from "@tanstack/react-query";
import { Plus, Sparkles, Trash2 } from "lucide-react";
import { modelBehind, modelsQuery } from "@/lib/api/models";
import { text } from "@/lib/i18n";
import type { SuggestedTrait } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { SliderField } from "@/ui/slider-field";
import { useSuggestTraits } from "../api";
import type { Draft } from "../model";
import type { OnChange } from "./persona-form";

export function TraitList({ draft, onChange }: { draft: Draft; onChange: OnChange }) {
  const { data: models } = useQuery(modelsQuery);
  const suggest = useSuggestTraits();
  const model = draft.model ?? models?.default;
  const canAsk = modelBehind(models, model)?.language_model === true;
  const { traits } = draft;
  const set = (next: Draft["traits"], field: string) => onChange({ traits: next }, field);
  const add = (found: Pick<SuggestedTrait, "name" | "intensity">) =>
    set([...traits, { name: found.name, intensity: found.intensity }], `trait-add-${traits.length}`);
  const has = (name: string) => traits.some((own) => own.name.trim().toLowerCase() === name.toLowerCase());
  const offered = (suggest.data?.traits ?? []).filter((found) => !has(found.name));
  return (
    <fieldset className="persona-group">
      <legend className="persona-section">{text.personas.traits}</legend>
      {traits.map((own, index) => (
        // A trait has nothing but its place while its name is typed.
        // oxlint-disable-next-line no-array-index-key
        <div key={index} className="persona-trait">
          <input
            className="input"
            aria-label={text.personas.trait}
            value={own.name}
            onChange={(event) => set(traits.with(index, { ...own, name: event.target.value }), `trait-${index}`)}
          />
          <SliderField
            label={text.personas.traitIntensity(own.name)}
            value={own.intensity}
            min={0}
            max={100}
            step={1}
            onChange={(value) =>
              set(traits.with(index, { ...own, intensity: Math.round(value) }), `trait-intensity-${index}`)
            }
          />
          <IconButton
            icon={Trash2}
            label={text.personas.removeTrait(own.name)}
            size="small"
            onClick={() => set(traits.toSpliced(index, 1), `trait-remove-${traits.length}`)}
          />
        </div>
      ))}
      <div className="persona-buttons">
        <Button icon={Plus} onClick={() => add({ name: "", intensity: 60 })}>
          {text.personas.addTrait}
        </Button>
        <Button icon={Sparkles} busy={suggest.isPending} onClick={() => suggest.mutate({ persona: draft })}>
          {text.personas.suggest}
        </Button>
        {canAsk && model ? (
          <Button busy={suggest.isPending} onClick={() => suggest.mutate({ persona: draft, model })}>
            {text.personas.suggestByModel}
          </Button>
        ) : undefined}
      </div>
      {suggest.data && offered.length === 0 ? (
        <p className="field-hint" role="status">
          {text.personas.noSuggestions}
        </p>
      ) : undefined}
      <ul className="persona-suggestions">
        {offered.map((found) => (
          <li key={found.name}>
            <Button icon={Plus} onClick={() => add(found)}>
              {text.personas.suggested(found.name, Math.round(found.score * 100))}
            </Button>
            {found.because[0] ? (
              <span className="field-hint">{text.personas.because(found.because[0])}</span>
            ) : undefined}
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
