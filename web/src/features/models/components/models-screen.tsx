/** Everything that can be asked: what it can do, what it costs, and how it is doing. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useActions } from "@/lib/actions";
import { fetchModels, modelsQuery } from "@/lib/api/models";
import { providersQuery } from "@/lib/api/providers";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { HealthReport, ModelList, Provider } from "@/lib/types";
import { Button } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { PageFrame } from "@/ui/page-frame";
import { showToast } from "@/ui/toast";
import { healthQuery } from "../api";
import { entriesOf, shown, type Entry, type ModelSearch } from "../listing";
import { ModelDialog } from "./model-dialog";
import { ModelFilters } from "./model-filters";
import { ModelRow } from "./model-row";
import { ProviderHead } from "./provider-head";
import "../models.css";

const route = getRouteApi("/models");
const NO_HEALTH: HealthReport = { providers: [], deployments: [] };

export function ModelsScreen() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const models = useQuery(modelsQuery);
  const { data: health = NO_HEALTH } = useQuery(healthQuery);
  const { data: providers } = useQuery(providersQuery);
  const entries = useMemo(
    () => entriesOf(models.data?.models ?? [], health.deployments),
    [models.data, health.deployments],
  );
  const found = useMemo(() => shown(entries, search), [entries, search]);
  const refresh = useRefresh();
  const open = useCallback(
    (id: string | undefined) => void navigate({ search: (before) => ({ ...before, open: id }), resetScroll: false }),
    [navigate],
  );
  const opened = entries.find((entry) => entry.model.id === search.open);
  return (
    <PageFrame
      title={text.models.title}
      lead={text.models.lead}
      actions={
        <Button icon={RefreshCw} busy={refresh.busy} onClick={refresh.start}>
          {text.models.refresh}
        </Button>
      }
    >
      <ModelFilters
        search={search}
        providers={[...new Set(entries.map((entry) => entry.model.provider))]}
        onChange={(change: Partial<ModelSearch>) =>
          void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false })
        }
      />
      {models.isPending ? <Skeleton lines={8} label={text.common.loading} /> : undefined}
      {models.error ? (
        <Failure
          failure={describeError(models.error)}
          retryLabel={text.common.retry}
          onRetry={() => void models.refetch()}
        />
      ) : undefined}
      {models.data && found.length === 0 ? (
        <Empty title={text.models.noneFound}>{text.models.noneFoundHint}</Empty>
      ) : undefined}
      {models.data && found.length > 0 ? (
        <>
          <p className="field-hint models-count" role="status">
            {text.models.shown(found.length, entries.length)}
          </p>
          {search.sort === undefined || search.sort === "provider" ? (
            <Groups
              entries={found}
              list={models.data}
              health={health}
              providers={providers?.providers}
              whole={found.length === entries.length}
              onOpen={open}
            />
          ) : (
            <Rows entries={found} list={models.data} onOpen={open} />
          )}
        </>
      ) : undefined}
      {opened ? <ModelDialog entry={opened} onClose={() => open(undefined)} /> : undefined}
    </PageFrame>
  );
}

function useRefresh(): { busy: boolean; start: () => void } {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const start = useCallback(() => {
    setBusy(true);
    fetchModels(true)
      .then((list) => {
        client.setQueryData(modelsQuery.queryKey, list);
        showToast({ text: text.models.refreshed });
      })
      .catch((error: unknown) => {
        const { message, hint } = describeError(error);
        showToast({ tone: "danger", text: message, hint });
      })
      .finally(() => setBusy(false));
  }, [client]);
  useActions(
    useMemo(
      () => [
        {
          id: "models.refresh",
          label: `${text.models.title}: ${text.models.refresh}`,
          group: text.models.title,
          icon: RefreshCw,
          run: start,
        },
      ],
      [start],
    ),
  );
  return { busy, start };
}

interface GroupsProps {
  entries: readonly Entry[];
  list: ModelList;
  health: HealthReport;
  providers: readonly Provider[] | undefined;
  /** Whether nothing is filtered out. */
  whole: boolean;
  onOpen: (id: string) => void;
}

function Groups({ entries, list, health, providers, whole, onOpen }: GroupsProps) {
  const groups = Map.groupBy(entries, ({ model }) => (model.language_model ? model.provider : ""));
  // A provider without a model is shown as well: something may be wrong with it, or a model can be pulled.
  for (const { provider, source } of whole ? list.sources : [])
    if (source !== "built_in" && !groups.has(provider)) groups.set(provider, []);
  return [...groups].map(([provider, group], index) => (
    <section key={provider} className="model-group" aria-label={provider || text.models.builtIn}>
      {provider === "" ? (
        <h2>{text.models.builtIn}</h2>
      ) : (
        <ProviderHead
          name={provider}
          health={health.providers.find((entry) => entry.provider === provider)}
          source={list.sources.find((source) => source.provider === provider)}
          provider={providers?.find((entry) => entry.name === provider)}
        />
      )}
      {group.length > 0 ? (
        <Rows entries={group} list={list} onOpen={onOpen} headless={index > 0} />
      ) : (
        <p className="field-hint">{text.models.noneOfProvider}</p>
      )}
    </section>
  ));
}

interface RowsProps {
  entries: readonly Entry[];
  list: ModelList;
  onOpen: (id: string) => void;
  /** Without names of columns, since they stand above. */
  headless?: boolean;
}

function Rows({ entries, list, onOpen, headless = false }: RowsProps) {
  const { columns } = text.models;
  return (
    <div className="model-rows">
      <div className={classNames("model-row", "model-row-head", headless && "model-row-ruled")} aria-hidden>
        <span>{columns.model}</span>
        <span className="end">{columns.context}</span>
        <span className="end">{columns.price}</span>
        <span>{columns.health}</span>
        <span>{columns.hour}</span>
        <span className="end">{columns.firstToken}</span>
        <span className="end">{columns.uptime}</span>
        <span />
      </div>
      <ul>
        {entries.map((entry) => (
          <ModelRow
            key={entry.model.id}
            entry={entry}
            isDefault={entry.model.id === list.default}
            onOpen={() => onOpen(entry.model.id)}
          />
        ))}
      </ul>
    </div>
  );
}
