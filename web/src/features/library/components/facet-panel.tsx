/** What passages can be narrowed down by, with how many there are of each. */
import { useState } from "react";
import { text } from "@/lib/i18n";
import { formatMonth } from "@/lib/format";
import type { FacetValue, SearchFacet } from "@/lib/types";
import { Button } from "@/ui/button";
import { chosenCount, type Choice, type Facet, FACETS, levelName, NOTHING, toggled } from "../choice";

/** Values that are shown at once; chosen ones always are. */
const SHOWN = 7;

export interface FacetPanelProps {
  facets: readonly SearchFacet[];
  choice: Choice;
  onChoose: (choice: Choice) => void;
}

export function FacetPanel({ facets, choice, onChoose }: FacetPanelProps) {
  const of = (name: string) => facets.find((facet) => facet.name === name)?.values ?? [];
  const levels = of("level");
  const ranged = choice.levelMin !== undefined || choice.levelMax !== undefined;
  return (
    <div className="facets">
      {FACETS.map((facet) => (
        <Values
          key={facet}
          facet={facet}
          values={of(facet)}
          chosen={choice.values[facet] ?? []}
          onToggle={(value) => onChoose(toggled(choice, facet, value))}
        />
      ))}
      {levels.length > 1 || ranged ? <Levels values={levels} choice={choice} onChoose={onChoose} /> : undefined}
      {chosenCount(choice) > 0 ? (
        <Button tone="quiet" onClick={() => onChoose(NOTHING)}>
          {text.entries.clear}
        </Button>
      ) : undefined}
    </div>
  );
}

function Values({
  facet,
  values,
  chosen,
  onToggle,
}: {
  facet: Facet;
  values: readonly FacetValue[];
  chosen: readonly string[];
  onToggle: (value: string) => void;
}) {
  const [all, setAll] = useState(false);
  // What was chosen stays in sight where nothing is of it any more.
  const gone = chosen.filter((value) => !values.some((other) => other.value === value));
  const every = [...values, ...gone.map((value) => ({ value, count: 0, label: undefined }))];
  // One value that all have tells nothing; a single tag, which some have, does.
  const tells = every.length > 1 || chosen.length > 0 || facet === "type" || facet === "tag";
  if (every.length === 0 || !tells) return undefined;
  const shown = every.filter((value, index) => all || index < SHOWN || chosen.includes(value.value));
  return (
    <fieldset className="facet">
      <legend className="field-label">{text.entries.facetName(facet)}</legend>
      {shown.map(({ value, count, label }) => (
        <label key={value} className="check facet-value">
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => onToggle(value)} />
          <span dir="auto">{text.entries.value(label ?? valueName(facet, value), count)}</span>
        </label>
      ))}
      {shown.length < every.length || (all && every.length > SHOWN) ? (
        <Button tone="quiet" onClick={() => setAll(!all)}>
          {all ? text.entries.fewer : text.entries.more}
        </Button>
      ) : undefined}
    </fieldset>
  );
}

function valueName(facet: Facet, value: string): string {
  switch (facet) {
    case "type":
      return text.entries.kindName(value);
    case "document_kind":
      return text.documents.kindName(value);
    case "format":
      return value.toUpperCase();
    case "school":
      return value.charAt(0).toUpperCase() + value.slice(1);
    case "added":
      return /^\d{4}-\d\d$/.test(value) ? formatMonth(value) : value;
    case "source":
    case "collection":
    case "tag":
      return value;
  }
}

function Levels({ values, choice, onChoose }: { values: readonly FacetValue[] } & Omit<FacetPanelProps, "facets">) {
  const known = new Set([...values.map(({ value }) => value), choice.levelMin, choice.levelMax]);
  const levels = [...known]
    .filter((value) => value !== undefined)
    .toSorted((one, other) => Number(one) - Number(other));
  const count = (value: string) => values.find((other) => other.value === value)?.count ?? 0;
  const end = (label: string, value: string | undefined, choose: (value: string | undefined) => void) => (
    <label className="facet-level">
      {label}
      <select
        className="input select"
        value={value ?? ""}
        onChange={(event) => choose(event.target.value || undefined)}
      >
        <option value="">{text.entries.any}</option>
        {levels.map((level) => (
          <option key={level} value={level}>
            {text.entries.value(levelName(level), count(level))}
          </option>
        ))}
      </select>
    </label>
  );
  const above = (one: string | undefined, other: string | undefined) =>
    one !== undefined && other !== undefined && Number(one) > Number(other);
  return (
    <fieldset className="facet">
      <legend className="field-label">{text.entries.facetName("level")}</legend>
      <div className="facet-levels">
        {end(text.entries.from, choice.levelMin, (levelMin) =>
          onChoose({ ...choice, levelMin, levelMax: above(levelMin, choice.levelMax) ? levelMin : choice.levelMax }),
        )}
        {end(text.entries.to, choice.levelMax, (levelMax) =>
          onChoose({ ...choice, levelMax, levelMin: above(choice.levelMin, levelMax) ? levelMax : choice.levelMin }),
        )}
      </div>
    </fieldset>
  );
}
