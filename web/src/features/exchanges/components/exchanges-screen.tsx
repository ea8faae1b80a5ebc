/** The ledger: every call through the gateway, searched, watched as it grows, and each one to look into. */
import { getRouteApi } from "@tanstack/react-router";
import { Archive, Download } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { useActions } from "@/lib/actions";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { download } from "@/lib/platform";
import { Button } from "@/ui/button";
import { Switch } from "@/ui/field";
import { PageFrame } from "@/ui/page-frame";
import { showToast } from "@/ui/toast";
import { allExchanges } from "../api";
import { exchangesCsv } from "../csv";
import { filterOf, type ExchangeFilter } from "../filters";
import { useExchanges } from "../use-exchanges";
import { ExchangeDialog } from "./exchange-dialog";
import { ExchangeList } from "./exchange-list";
import { FilterBar } from "./filter-bar";
import { RetentionDialog } from "./retention-dialog";
import "../exchanges.css";

const route = getRouteApi("/exchanges");

export function ExchangesScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = useMemo(() => filterOf(search), [search]);
  const [live, setLive] = useState(true);
  const list = useExchanges(filter, live);
  const keep = useCallback(
    (keeping: true | undefined) => void navigate({ search: (before) => ({ ...before, keeping }), replace: true }),
    [navigate],
  );
  const open = useCallback(
    (id: string | undefined, replace = false) =>
      void navigate({ search: (before) => ({ ...before, open: id }), replace, resetScroll: false }),
    [navigate],
  );
  const file = useExport(filter);
  useActions(
    useMemo(
      () => [
        {
          id: "exchanges.export",
          label: text.exchanges.export,
          group: text.exchanges.title,
          icon: Download,
          run: file.start,
        },
        {
          id: "exchanges.keeping",
          label: text.exchanges.retention,
          group: text.exchanges.title,
          icon: Archive,
          run: () => keep(true),
        },
      ],
      [file.start, keep],
    ),
  );
  const at = list.exchanges.findIndex((exchange) => exchange.id === search.open);
  return (
    <PageFrame
      title={text.exchanges.title}
      lead={text.exchanges.lead}
      actions={
        <>
          <Button icon={Archive} onClick={() => keep(true)}>
            {text.exchanges.keeping}
          </Button>
          <Button icon={Download} busy={file.count !== undefined} onClick={file.start}>
            {file.count === undefined ? text.exchanges.export : text.exchanges.exporting(file.count)}
          </Button>
        </>
      }
    >
      <FilterBar search={search} onChange={(change) => void navigate({ search: change, replace: true })} />
      <div className="exchanges-state">
        <p className="field-hint numeric" role="status">
          {list.pending ? "" : text.exchanges.shown(list.exchanges.length, list.hasMore)}
        </p>
        <Switch label={text.exchanges.live} checked={live} onChange={setLive} />
      </div>
      <ExchangeList list={list} filter={filter} onOpen={open} />
      {search.open ? (
        <ExchangeDialog
          id={search.open}
          newer={at > 0 ? list.exchanges[at - 1]?.id : undefined}
          older={at >= 0 ? list.exchanges[at + 1]?.id : undefined}
          onOpen={(id) => open(id, true)}
          onClose={() => open(undefined)}
          onKeeping={() => keep(true)}
        />
      ) : undefined}
      {search.keeping ? <RetentionDialog onClose={() => keep(undefined)} /> : undefined}
    </PageFrame>
  );
}

/** Fetches everything that matches and offers it as a file; `count` while it goes on. */
function useExport(filter: ExchangeFilter): { count: number | undefined; start: () => void } {
  const [count, setCount] = useState<number>();
  const running = useRef(false);
  const start = useCallback(() => {
    if (running.current) return;
    running.current = true;
    setCount(0);
    allExchanges(filter, setCount, new AbortController().signal)
      .then((all) => download("familiar-exchanges.csv", "text/csv", exchangesCsv(all)))
      .catch((error: unknown) => {
        const { message, hint } = describeError(error);
        showToast({ tone: "danger", text: message, hint });
      })
      .finally(() => {
        running.current = false;
        setCount(undefined);
      });
  }, [filter]);
  return { count, start };
}
