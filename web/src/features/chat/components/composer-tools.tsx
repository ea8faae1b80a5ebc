/** The pickers of the composer: model, persona and grounding. */
import { useQuery } from "@tanstack/react-query";
import { memo } from "react";
import { modelBehind, modelsQuery } from "@/lib/api/models";
import type { Choices } from "../use-suggestions";
import { GroundingPicker } from "./grounding-picker";
import { ModelPicker } from "./model-picker";
import { PersonaPicker } from "./persona-picker";

/** Apart from what is typed: its letters render none of this. */
export const ComposerTools = memo(function ComposerTools({
  model,
  grounding,
  cast,
  onModel,
  onGrounding,
  onCast,
}: Choices) {
  const { data: models } = useQuery(modelsQuery);
  const always = modelBehind(models, model)?.language_model === false;
  return (
    <>
      <ModelPicker value={model} onPick={onModel} />
      <PersonaPicker value={cast} onChange={onCast} />
      <GroundingPicker value={grounding} always={always} onChange={onGrounding} />
    </>
  );
});
