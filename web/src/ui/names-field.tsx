/** Several names: each is typed or taken from suggestions, shown as a chip, and taken out again. */
import { X } from "lucide-react";
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";

export interface NamesFieldProps {
  label: string;
  hint?: ReactNode;
  names: readonly string[];
  suggestions: readonly string[];
  removeLabel: (name: string) => string;
  placeholder?: string;
  onChange: (names: string[]) => void;
}

export function NamesField({ label, hint, names, suggestions, removeLabel, placeholder, onChange }: NamesFieldProps) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const add = (given: string) => {
    const fresh = given.split(/[\s,]+/).filter((name) => name !== "" && !names.includes(name));
    setTyped("");
    if (fresh.length > 0) onChange([...names, ...new Set(fresh)]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.key === "Enter" || event.key === ",") && typed.trim() !== "") {
      event.preventDefault();
      add(typed);
    } else if (event.key === "Backspace" && typed === "" && names.length > 0) onChange(names.slice(0, -1));
  };
  return (
    <div className="field">
      <label htmlFor={id} className="field-label">
        {label}
      </label>
      {names.length > 0 ? (
        <ul className="chips" aria-label={label}>
          {names.map((name) => (
            <li key={name} className="chip">
              <span>{name}</span>
              <button
                type="button"
                aria-label={removeLabel(name)}
                onClick={() => onChange(names.filter((entry) => entry !== name))}
              >
                <X size={13} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      ) : undefined}
      <input
        id={id}
        className="input"
        autoComplete="off"
        spellCheck={false}
        list={`${id}-list`}
        placeholder={placeholder}
        aria-describedby={hint ? `${id}-hint` : undefined}
        value={typed}
        onKeyDown={onKeyDown}
        onBlur={() => add(typed)}
        onChange={(event) => {
          const { value } = event.target;
          const { nativeEvent } = event;
          // A suggestion that was picked arrives whole; one that is typed may be the beginning of another.
          const picked = !(nativeEvent instanceof InputEvent) || nativeEvent.inputType === "insertReplacementText";
          if (picked && suggestions.includes(value)) add(value);
          else setTyped(value);
        }}
      />
      <datalist id={`${id}-list`}>
        {suggestions
          .filter((name) => !names.includes(name))
          .map((name) => (
            <option key={name}>{name}</option>
          ))}
      </datalist>
      {hint ? (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      ) : undefined}
    </div>
  );
}
