/** The fields of a template's variables, each by its type. */
import type { TemplateVariable } from "@/lib/types";
import { SelectField, Switch, TextAreaField, TextField } from "./field";

export interface VariableFieldsProps {
  variables: readonly TemplateVariable[];
  values: Readonly<Record<string, string>>;
  /** Why a value cannot be, by the name of its variable. */
  refused: Readonly<Record<string, string>>;
  /** What stands for nothing chosen. */
  nothing: string;
  onChange: (name: string, value: string) => void;
}

export function VariableFields({ variables, values, refused, nothing, onChange }: VariableFieldsProps) {
  return (
    <>
      {variables.map((variable) => (
        <VariableField
          key={variable.name}
          variable={variable}
          value={values[variable.name] ?? ""}
          error={refused[variable.name]}
          nothing={nothing}
          onChange={(value) => onChange(variable.name, value)}
        />
      ))}
    </>
  );
}

function VariableField({
  variable,
  value,
  error,
  nothing,
  onChange,
}: {
  variable: TemplateVariable;
  value: string;
  error: string | undefined;
  nothing: string;
  onChange: (value: string) => void;
}) {
  const { kind, name, required, options = [] } = variable;
  const label = variable.label ?? name.replaceAll("_", " ");
  const shared = { label, error, required, "aria-required": required || undefined };
  const placeholder = variable.placeholder ? { placeholder: variable.placeholder } : {};
  switch (kind) {
    case "checkbox":
      return <Switch label={label} checked={value === "true"} onChange={(on) => onChange(String(on))} />;
    case "select":
      return (
        <SelectField
          {...shared}
          value={value}
          options={[
            ...(required && options.includes(value) ? [] : [{ value: "", label: nothing }]),
            ...options.map((option) => ({ value: option, label: option })),
          ]}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "textarea":
      return (
        <TextAreaField
          {...shared}
          {...placeholder}
          rows={4}
          dir="auto"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    default:
      return (
        <TextField
          {...shared}
          {...placeholder}
          type={kind}
          dir="auto"
          min={variable.min ?? undefined}
          max={variable.max ?? undefined}
          step={kind === "number" ? (variable.step ?? "any") : undefined}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      );
  }
}
