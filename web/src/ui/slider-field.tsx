/** A number by sliding or by typing: both move together. */
import { useId } from "react";

export interface SliderFieldProps {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  /** What the value amounts to, such as `40 %`. */
  note?: string;
  onChange: (value: number) => void;
}

export function SliderField({ label, value, min, max, step, note, onChange }: SliderFieldProps) {
  const id = useId();
  const take = (given: number) => {
    if (Number.isFinite(given)) onChange(Math.min(max, Math.max(min, given)));
  };
  return (
    <div className="slider-field" role="group" aria-labelledby={`${id}-label`}>
      <span id={`${id}-label`} className="field-label">
        {label}
      </span>
      <input
        type="range"
        className="slider"
        aria-label={label}
        aria-valuetext={note ? `${value}, ${note}` : String(value)}
        min={min}
        max={max}
        step={step}
        value={value}
        onChange={(event) => take(event.target.valueAsNumber)}
      />
      <input
        type="number"
        className="input slider-number"
        aria-label={label}
        min={min}
        max={max}
        step={step}
        value={value}
        onChange={(event) => take(event.target.valueAsNumber)}
      />
      <span className="slider-note numeric">{note}</span>
    </div>
  );
}
