/** Which models are shown, and in what order. */
import { useEffect, useState } from "react";
import { text } from "@/lib/i18n";
import { CAPABILITIES, PRICE_LIMITS, SORTS, STATES, type ModelSearch, type Sort } from "../listing";

export interface ModelFiltersProps {
  search: ModelSearch;
  providers: readonly string[];
  onChange: (change: Partial<ModelSearch>) => void;
}

export function ModelFilters({ search, providers, onChange }: ModelFiltersProps) {
  const [typed, setTyped] = useState(search.q ?? "");
  useEffect(() => {
    const wanted = typed.trim() || undefined;
    if (wanted === search.q) return undefined;
    // Filtering is done here and at once; only the address may wait for the last letter.
    const timer = setTimeout(() => onChange({ q: wanted }), 120);
    return () => clearTimeout(timer);
  }, [onChange, search.q, typed]);
  return (
    <search className="models-filters" aria-label={text.models.title}>
      <input
        className="input"
        type="search"
        aria-label={text.models.search}
        placeholder={text.models.search}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Select
        label={text.models.provider}
        value={search.provider}
        all={text.models.allProviders}
        options={providers.map((value) => [value, value])}
        onChange={(provider) => onChange({ provider })}
      />
      <Select
        label={text.models.capabilityFilter}
        value={search.capability}
        all={text.models.allCapabilities}
        options={CAPABILITIES.map((value) => [value, text.models.capability(value)])}
        onChange={(capability) => onChange({ capability })}
      />
      <Select
        label={text.models.healthFilter}
        value={search.health}
        all={text.models.anyHealth}
        options={STATES.map((value) => [value, text.models.health(value)])}
        onChange={(health) => onChange({ health })}
      />
      <Select
        label={text.models.priceFilter}
        value={search.price}
        all={text.models.anyPrice}
        options={PRICE_LIMITS.map((value) => [value, text.models.priceLimit(value)])}
        onChange={(price) => onChange({ price })}
      />
      <Select
        label={text.models.sort}
        value={search.sort ?? "provider"}
        options={SORTS.map((value) => [value, text.models.sortName(value)])}
        onChange={(sort) => onChange({ sort: sort === "provider" ? undefined : (sort as Sort) })}
      />
    </search>
  );
}

interface SelectProps {
  label: string;
  value: string | undefined;
  /** What no choice is called; without it something is always chosen. */
  all?: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string | undefined) => void;
}

function Select({ label, value, all, options, onChange }: SelectProps) {
  return (
    <select
      className="input select"
      aria-label={label}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || undefined)}
    >
      {all === undefined ? undefined : <option value="">{all}</option>}
      {options.map(([name, shown]) => (
        <option key={name} value={name}>
          {shown}
        </option>
      ))}
    </select>
  );
}
