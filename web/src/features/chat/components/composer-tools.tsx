/** The pickers of the composer: model, persona and grounding. */
import { useQuery } from "@tanstack/react-query";
import { modelBehind, modelsQuery } from "@/lib/api/models";
import type { Cast, Grounding } from "@/lib/types";
import { GroundingPicker } from "./grounding-picker";
import { ModelPicker } from "./model-picker";
import { PersonaPicker } from "./persona-picker";

export interface ComposerToolsProps {
  model: string | undefined;
  grounding: Grounding;
  cast: Cast;
  onModel: (id: string) => void;
  onGrounding: (grounding: Grounding) => void;
  onCast: (cast: Cast) => void;
}

export function ComposerTools({ model, grounding, cast, onModel, onGrounding, onCast }: ComposerToolsProps) {
  const { data: models } = useQuery(modelsQuery);
  const always = modelBehind(models, model)?.language_model === false;
  return (
    <>
      <ModelPicker value={model} onPick={onModel} />
      <PersonaPicker value={cast} onChange={onCast} />
      <GroundingPicker value={grounding} always={always} onChange={onGrounding} />
    </>
  );
}
