/** What is known, as a list: searched, narrowed, edited, struck out, forgotten. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Brain } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { factsQuery } from "@/lib/api/memory";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { SelectField } from "@/ui/field";
import type { MemorySearch } from "../search";
import { FactDialog } from "./fact-dialog";
import { FactRow } from "./fact-row";
import { ScopeField } from "./scope-field";

const KINDS = [
  "identity",
  "preference",
  "work",
  "place",
  "relation",
  "plan",
  "event",
  "stack",
  "style",
  "note",
  "said",
  "summary",
];
const STANDINGS = ["current", "superseded", "struck"];
const TYPING_MS = 200;

export interface KnownViewProps {
  search: MemorySearch;
  onChange: (next: Partial<MemorySearch>) => void;
}

export function KnownView({ search, onChange }: KnownViewProps) {
  const { q, scope, kind, standing } = search;
  const list = useInfiniteQuery(factsQuery({ q, scope, kind, standing }));
  const [opened, setOpened] = useState<string>();
  const facts = list.data?.pages.flatMap((page) => page.facts) ?? [];
  return (
    <>
      <div className="memory-filter">
        <SearchField value={q ?? ""} onChange={(next) => onChange({ q: next || undefined })} />
        <ScopeField value={scope ?? ""} all onChange={(next) => onChange({ scope: next || undefined })} />
        <SelectField
          label={text.memory.kind}
          options={[
            { value: "", label: text.memory.everyKind },
            ...KINDS.map((value) => ({ value, label: text.memory.kindName(value) })),
          ]}
          value={kind ?? ""}
          onChange={(event) => onChange({ kind: event.target.value || undefined })}
        />
        <SelectField
          label={text.memory.standing}
          options={[
            { value: "", label: text.memory.everyStanding },
            ...STANDINGS.map((value) => ({ value, label: text.memory.standingName(value) })),
          ]}
          value={standing ?? ""}
          onChange={(event) => onChange({ standing: event.target.value || undefined })}
        />
      </div>
      {list.isPending ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
      {list.error ? (
        <Failure
          failure={describeError(list.error)}
          retryLabel={text.common.retry}
          onRetry={() => void list.refetch()}
        />
      ) : undefined}
      {list.data && facts.length === 0 ? (
        q || scope || kind || standing ? (
          <Empty title={text.memory.noneFound}>{text.memory.noneFoundHint}</Empty>
        ) : (
          <Empty icon={Brain} title={text.memory.empty}>
            {text.memory.emptyHint}
          </Empty>
        )
      ) : undefined}
      {facts.length > 0 ? (
        <ul className="fact-list" aria-label={text.memory.known}>
          {facts.map((fact) => (
            <FactRow key={fact.id} fact={fact} onOpen={() => setOpened(fact.id)} />
          ))}
        </ul>
      ) : undefined}
      {list.hasNextPage ? (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {text.common.more}
        </Button>
      ) : undefined}
      {opened ? <FactDialog id={opened} onClose={() => setOpened(undefined)} /> : undefined}
    </>
  );
}

/** What is typed goes into the address once the typing rests. */
function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => latest.current(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return (
    <input
      className="input"
      type="search"
      aria-label={text.memory.search}
      placeholder={text.memory.search}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}
