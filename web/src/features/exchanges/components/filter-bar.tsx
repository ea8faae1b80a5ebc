/** What to search the ledger for. Everything is kept in the address. */
import { SlidersHorizontal, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import {
  filterOf,
  isFiltered,
  OPERATIONS,
  OUTCOMES,
  withoutFilters,
  type ExchangeSearch,
  type Outcome,
  type TextFilter,
} from "../filters";

const TYPING_MS = 250;
const FURTHER = ["model", "provider", "key", "route", "tag"] as const;

type Change = (change: (before: ExchangeSearch) => ExchangeSearch) => void;

export function FilterBar({ search, onChange }: { search: ExchangeSearch; onChange: Change }) {
  const further = [...FURTHER, "from" as const, "to" as const].filter((name) => search[name]).length;
  const [open, setOpen] = useState(further > 0);
  const set = (change: Partial<ExchangeSearch>) => onChange((before) => ({ ...before, ...change }));
  return (
    <search className="exchange-filters" aria-label={text.exchanges.filters}>
      <div className="exchange-filter-row">
        <Typed
          label={text.exchanges.search}
          placeholder={text.exchanges.searchHint}
          type="search"
          value={search.q}
          onType={(q) => set({ q })}
        />
        <select
          className="input select"
          aria-label={text.exchanges.outcome}
          value={search.outcome ?? ""}
          onChange={(event) => set({ outcome: (event.target.value || undefined) as Outcome | undefined })}
        >
          <option value="">{text.exchanges.anyOutcome}</option>
          {OUTCOMES.map((outcome) => (
            <option key={outcome} value={outcome}>
              {text.exchanges.outcomeName(outcome, undefined)}
            </option>
          ))}
        </select>
        <select
          className="input select"
          aria-label={text.exchanges.operation}
          value={search.operation ?? ""}
          onChange={(event) => set({ operation: event.target.value || undefined })}
        >
          <option value="">{text.exchanges.anyOperation}</option>
          {OPERATIONS.map((operation) => (
            <option key={operation} value={operation}>
              {text.exchanges.operationName(operation)}
            </option>
          ))}
        </select>
        <Button icon={SlidersHorizontal} aria-expanded={open} onClick={() => setOpen(!open)}>
          {further > 0 ? text.exchanges.activeFilters(further) : text.exchanges.moreFilters}
        </Button>
        {isFiltered(filterOf(search)) ? (
          <Button tone="quiet" icon={X} onClick={() => onChange(withoutFilters)}>
            {text.exchanges.clearFilters}
          </Button>
        ) : undefined}
      </div>
      {open ? (
        <div className="exchange-filter-grid">
          {FURTHER.map((name: TextFilter & (typeof FURTHER)[number]) => (
            <TypedField
              key={name}
              label={text.exchanges[name]}
              value={search[name]}
              onType={(value) => set({ [name]: value })}
            />
          ))}
          <TextField
            label={text.exchanges.from}
            type="date"
            value={search.from ?? ""}
            max={search.to}
            onChange={(event) => set({ from: event.target.value || undefined })}
          />
          <TextField
            label={text.exchanges.to}
            type="date"
            value={search.to ?? ""}
            min={search.from}
            onChange={(event) => set({ to: event.target.value || undefined })}
          />
        </div>
      ) : undefined}
    </search>
  );
}

interface TypedProps {
  label: string;
  value: string | undefined;
  onType: (value: string | undefined) => void;
}

function Typed({ label, value, onType, ...rest }: TypedProps & { placeholder?: string; type?: string }) {
  const field = useTyped(value, onType);
  return <input className="input" aria-label={label} {...rest} {...field} />;
}

function TypedField({ label, value, onType }: TypedProps) {
  return <TextField label={label} type="search" {...useTyped(value, onType)} />;
}

/** A field that tells what is in it a moment after the last letter, and follows when the address changes. */
function useTyped(value: string | undefined, onType: (value: string | undefined) => void) {
  const [typed, setTyped] = useState(value ?? "");
  const [known, setKnown] = useState(value);
  const tell = useRef(onType);
  useEffect(() => {
    tell.current = onType;
  }, [onType]);
  if (known !== value) {
    setKnown(value);
    if ((value ?? "") !== typed.trim()) setTyped(value ?? "");
  }
  useEffect(() => {
    if (typed.trim() === (known ?? "")) return undefined;
    const timer = setTimeout(() => tell.current(typed.trim() || undefined), TYPING_MS);
    return () => clearTimeout(timer);
  }, [known, typed]);
  return { value: typed, onChange: (event: { target: { value: string } }) => setTyped(event.target.value) };
}
