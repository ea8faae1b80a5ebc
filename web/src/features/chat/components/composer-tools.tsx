/** The pickers of the composer: model and grounding. */
import { useQuery } from "@tanstack/react-query";
import { modelBehind, modelsQuery } from "@/lib/api/models";
import type { Grounding } from "@/lib/types";
import { GroundingPicker } from "./grounding-picker";
import { ModelPicker } from "./model-picker";

export interface ComposerToolsProps {
  model: string | undefined;
  grounding: Grounding;
  onModel: (id: string) => void;
  onGrounding: (grounding: Grounding) => void;
}

export function ComposerTools({ model, grounding, onModel, onGrounding }: ComposerToolsProps) {
  const { data: models } = useQuery(modelsQuery);
  const always = modelBehind(models, model)?.language_model === false;
  return (
    <>
      <ModelPicker value={model} onPick={onModel} />
      <GroundingPicker value={grounding} always={always} onChange={onGrounding} />
    </>
  );
}
