/** The way of talking as sliders; what is not touched is not said. */
import { X } from "lucide-react";
import { text } from "@/lib/i18n";
import { IconButton } from "@/ui/button";
import { SliderField } from "@/ui/slider-field";
import type { Draft } from "../model";
import type { OnChange } from "./persona-form";

type Name = keyof typeof text.personas.sliders;

export function StyleSliders({ draft, onChange }: { draft: Draft; onChange: OnChange }) {
  const set = (name: Name, value: number | undefined) => {
    const { [name]: _before, ...others } = draft.style;
    onChange({ style: value === undefined ? others : { ...others, [name]: value } }, `style-${name}`);
  };
  return (
    <fieldset className="persona-group">
      <legend className="persona-section">{text.personas.style}</legend>
      {(Object.keys(text.personas.sliders) as Name[]).map((name) => {
        const [label, low, high] = text.personas.sliders[name];
        const value = draft.style[name] ?? undefined;
        const note =
          value === undefined ? text.personas.notSaid : value < 45 ? low : value > 55 ? high : `${low} / ${high}`;
        return (
          <div key={name} className="persona-slider">
            <SliderField
              label={label}
              value={value ?? 50}
              min={0}
              max={100}
              step={1}
              note={note}
              onChange={(next) => set(name, Math.round(next))}
            />
            <IconButton
              icon={X}
              label={text.personas.unsay(label)}
              size="small"
              disabled={value === undefined}
              onClick={() => set(name, undefined)}
            />
          </div>
        );
      })}
    </fieldset>
  );
}
