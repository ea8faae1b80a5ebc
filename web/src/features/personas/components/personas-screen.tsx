/** The gallery: searched on the server, and only the rows near the screen exist in the page. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { FileInput, FileOutput, LayoutTemplate, UserPlus, VenetianMask } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Virtualizer } from "virtua";
import { personasQuery } from "@/lib/api/personas";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Persona, PersonaSummary } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { Menu } from "@/ui/menu";
import { exportAllAddress, useCreatePersona } from "../api";
import { useDownload } from "@/lib/api/download";
import type { PersonaSearch } from "../search";
import { ImportDialog } from "./import-dialog";
import { PersonaPicture } from "./persona-picture";
import { TemplateDialog } from "./template-dialog";
import "../personas.css";

const route = getRouteApi("/personas");
const KINDS = ["", "character", "user"] as const;
const CARD_WIDTH = 232;
const TYPING_MS = 200;

export function PersonasScreen() {
  const search = route.useSearch();
  const go = route.useNavigate();
  const navigate = useNavigate();
  const create = useCreatePersona();
  const download = useDownload();
  const [importing, setImporting] = useState(false);
  const [beginning, setBeginning] = useState(false);
  const change = (next: Partial<PersonaSearch>) =>
    void go({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  const make = async (persona: Persona) => {
    const kept = await create.mutateAsync(persona);
    await navigate({ to: "/personas/$personaId", params: { personaId: kept.id } });
  };
  const actions = (
    <>
      <Menu
        label={text.personas.exportAll}
        trigger={<IconButton icon={FileOutput} label={text.personas.exportAll} tone="plain" />}
        items={Object.entries(text.personas.forms).map(([form, label]) => ({
          id: form,
          label: text.personas.exportAllHint(label),
          icon: FileOutput,
          run: () => download.mutate(exportAllAddress(form, search)),
        }))}
      />
      <Button icon={FileInput} onClick={() => setImporting(true)}>
        {text.personas.import}
      </Button>
      <Button icon={LayoutTemplate} onClick={() => setBeginning(true)}>
        {text.personas.fromTemplate}
      </Button>
      <Button
        tone="primary"
        icon={UserPlus}
        busy={create.isPending}
        onClick={() => void make({ name: text.personas.unnamed, kind: search.kind ?? "character" })}
      >
        {text.personas.new}
      </Button>
    </>
  );
  return (
    <section className="gallery" aria-labelledby="personas-title">
      <header className="gallery-head">
        <div className="page-head">
          <div>
            <h1 id="personas-title">{text.personas.title}</h1>
            <p className="page-lead">{text.personas.lead}</p>
          </div>
          <div className="page-actions">{actions}</div>
        </div>
        <div className="gallery-filter">
          <SearchField value={search.q ?? ""} onChange={(q) => change({ q: q || undefined })} />
          <div className="gallery-kinds" role="group" aria-label={text.personas.kinds}>
            {KINDS.map((kind) => (
              <button
                key={kind}
                type="button"
                className="button button-quiet"
                aria-pressed={(search.kind ?? "") === kind}
                onClick={() => change({ kind: kind === "" ? undefined : kind })}
              >
                {text.personas.kindName(kind)}
              </button>
            ))}
          </div>
        </div>
      </header>
      <Cards q={search.q} kind={search.kind} actions={actions} />
      {importing ? <ImportDialog onClose={() => setImporting(false)} /> : undefined}
      {beginning ? (
        <TemplateDialog
          busy={create.isPending}
          onClose={() => setBeginning(false)}
          onTake={(persona) => void make(persona)}
        />
      ) : undefined}
    </section>
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
      aria-label={text.personas.search}
      placeholder={text.personas.search}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  );
}

function Cards({ q, kind, actions }: { q: string | undefined; kind: string | undefined; actions: ReactNode }) {
  const list = useInfiniteQuery(personasQuery({ q, kind }));
  const scroller = useRef<HTMLDivElement>(null);
  const [columns, setColumns] = useState(1);
  const shown = list.data !== undefined;
  useEffect(() => {
    const element = scroller.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() =>
      setColumns(Math.max(1, Math.floor((element.clientWidth - 16) / CARD_WIDTH))),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [shown]);
  const personas = useMemo(() => list.data?.pages.flatMap((page) => page.personas) ?? [], [list.data]);
  const rows = useMemo(() => {
    const count = Math.ceil(personas.length / columns);
    return Array.from({ length: count }, (_, row) => personas.slice(row * columns, (row + 1) * columns));
  }, [personas, columns]);

  if (list.isPending) return <Skeleton lines={8} label={text.common.loading} />;
  if (list.error)
    return (
      <Failure failure={describeError(list.error)} retryLabel={text.common.retry} onRetry={() => void list.refetch()} />
    );
  if (personas.length === 0) {
    if (q || kind) return <Empty title={text.personas.noneFound}>{text.personas.noneFoundHint}</Empty>;
    return (
      <Empty icon={VenetianMask} title={text.personas.empty} actions={actions}>
        {text.personas.emptyHint}
      </Empty>
    );
  }
  const onScroll = () => {
    const element = scroller.current;
    if (!element || !list.hasNextPage || list.isFetchingNextPage) return;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (left < element.clientHeight * 2) void list.fetchNextPage();
  };
  return (
    <div
      className="gallery-scroll"
      ref={scroller}
      role="region"
      tabIndex={0}
      aria-label={text.personas.gallery}
      onScroll={onScroll}
    >
      <Virtualizer scrollRef={scroller} bufferSize={600}>
        {rows.map((row) => (
          <ul
            key={row[0]?.id ?? ""}
            className="gallery-row"
            style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
          >
            {row.map((persona) => (
              <Card key={persona.id} persona={persona} />
            ))}
          </ul>
        ))}
      </Virtualizer>
    </div>
  );
}

function Card({ persona }: { persona: PersonaSummary }) {
  return (
    <li>
      <Link to="/personas/$personaId" params={{ personaId: persona.id }} className="persona-card">
        <PersonaPicture persona={persona} />
        <span className="persona-words">
          <span className="persona-name as-named" dir="auto">
            {persona.name}
          </span>
          <span className="persona-about as-named" dir="auto">
            {persona.about}
          </span>
          {persona.tags.length > 0 ? (
            <span className="persona-tags">{persona.tags.slice(0, 4).join(" · ")}</span>
          ) : undefined}
        </span>
      </Link>
    </li>
  );
}
