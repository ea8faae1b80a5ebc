/** Where something may be recalled: everywhere, or with one persona or project only. */
import { useQuery } from "@tanstack/react-query";
import { scopesQuery } from "@/lib/api/memory";
import { text } from "@/lib/i18n";
import { SelectField } from "@/ui/field";

export function ScopeField({
  value,
  all = false,
  onChange,
}: {
  value: string;
  /** Whether all of them together can be chosen. */
  all?: boolean;
  onChange: (scope: string) => void;
}) {
  const { data } = useQuery(scopesQuery);
  const known = data?.scopes ?? [{ scope: "user", label: undefined }];
  const options = known.map(({ scope, label }) => ({
    value: scope,
    label: text.memory.scopeName(scope, label ?? undefined),
  }));
  if (value !== "" && !options.some((option) => option.value === value))
    options.push({ value, label: text.memory.scopeName(value, undefined) });
  return (
    <SelectField
      label={text.memory.scope}
      options={all ? [{ value: "", label: text.memory.everyScope }, ...options] : options}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
