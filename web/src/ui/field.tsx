/** Fields of forms: a label, the control, what to know about it, and what is wrong with it. */
import { useId, useState, type ComponentPropsWithRef, type ReactNode } from "react";
import { classNames } from "./class-names";

interface FieldParts {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
}

interface Wiring {
  id: string;
  "aria-describedby"?: string;
  "aria-invalid"?: true;
}

function Field({ label, hint, error, children }: FieldParts & { children: (wiring: Wiring) => ReactNode }) {
  const id = useId();
  const described = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id} className="field-label">
        {label}
      </label>
      {children({
        id,
        ...(described ? { "aria-describedby": described } : {}),
        ...(error ? { "aria-invalid": true } : {}),
      })}
      {hint ? (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      ) : undefined}
      {error ? (
        <p id={`${id}-error`} className="field-error" role="alert">
          {error}
        </p>
      ) : undefined}
    </div>
  );
}

export function TextField({ label, hint, error, className, ...rest }: FieldParts & ComponentPropsWithRef<"input">) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wiring) => <input className={classNames("input", className)} autoComplete="off" {...rest} {...wiring} />}
    </Field>
  );
}

export function TextAreaField({
  label,
  hint,
  error,
  className,
  ...rest
}: FieldParts & ComponentPropsWithRef<"textarea">) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wiring) => <textarea className={classNames("input", "textarea", className)} {...rest} {...wiring} />}
    </Field>
  );
}

export interface SelectOption {
  value: string;
  label: string;
}

export function SelectField({
  label,
  hint,
  error,
  options,
  className,
  ...rest
}: FieldParts & ComponentPropsWithRef<"select"> & { options: readonly SelectOption[] }) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wiring) => (
        <select className={classNames("input", "select", className)} {...rest} {...wiring}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** One of a few, all of them in sight. */
export function ChoiceField({
  label,
  hint,
  name,
  value,
  options,
  onChoose,
}: {
  label: string;
  hint?: string;
  name: string;
  value: string;
  options: readonly SelectOption[];
  onChoose: (value: string) => void;
}) {
  const hintId = useId();
  // What was just chosen is shown at once, also where the value comes back by way of the server.
  const [chosen, setChosen] = useState({ of: value, value });
  if (chosen.of !== value) setChosen({ of: value, value });
  const shown = chosen.of === value ? chosen.value : value;
  return (
    <fieldset className="field" aria-describedby={hint ? hintId : undefined}>
      <legend className="field-label">{label}</legend>
      <div className="choices">
        {options.map((option) => (
          <label key={option.value} className="choice">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === shown}
              onChange={() => {
                setChosen({ of: value, value: option.value });
                onChoose(option.value);
              }}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
      {hint ? (
        <p id={hintId} className="field-hint">
          {hint}
        </p>
      ) : undefined}
    </fieldset>
  );
}

/** On or off, at once. */
export function Switch({
  label,
  hint,
  checked,
  onChange,
  disabled = false,
}: {
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
}) {
  const id = useId();
  // It moves under the finger, before whoever keeps the value has answered; what they say then counts.
  const [shown, setShown] = useState(checked);
  const [known, setKnown] = useState(checked);
  if (known !== checked) {
    setKnown(checked);
    setShown(checked);
  }
  return (
    <div className="switch-row">
      <input
        id={id}
        type="checkbox"
        role="switch"
        className="switch"
        checked={shown}
        aria-checked={shown}
        disabled={disabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => {
          setShown(event.target.checked);
          onChange(event.target.checked);
        }}
      />
      <div>
        <label htmlFor={id} className="switch-label">
          {label}
        </label>
        {hint ? (
          <p id={`${id}-hint`} className="field-hint">
            {hint}
          </p>
        ) : undefined}
      </div>
    </div>
  );
}
