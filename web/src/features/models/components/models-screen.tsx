/** Everything that can be asked, with what it can do and what it costs. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { RefreshCw } from "lucide-react";
import { useMemo, useState } from "react";
import { fetchModels, modelsQuery } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Model, ModelList } from "@/lib/types";
import { Button } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { PageFrame } from "@/ui/page-frame";
import { ModelCard } from "./model-card";
import { SourceNote } from "./source-note";
import "../models.css";

const CAPABILITIES = ["", "chat", "tools", "vision", "reasoning", "structured_output", "embeddings"];

export function ModelsScreen() {
  const models = useQuery(modelsQuery);
  const [query, setQuery] = useState("");
  const [capability, setCapability] = useState("");
  const groups = useMemo(() => groupModels(models.data, query, capability), [models.data, query, capability]);
  return (
    <PageFrame title={text.models.title} lead={text.models.lead} actions={<RefreshButton />}>
      <div className="models-filters">
        <input
          className="input"
          type="search"
          aria-label={text.models.search}
          placeholder={text.models.search}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        <select
          className="input select"
          aria-label={text.models.capabilityFilter}
          value={capability}
          onChange={(event) => setCapability(event.target.value)}
        >
          {CAPABILITIES.map((name) => (
            <option key={name} value={name}>
              {text.models.capability(name)}
            </option>
          ))}
        </select>
      </div>
      {models.isPending ? <Skeleton lines={8} label={text.common.loading} /> : undefined}
      {models.error ? (
        <Failure
          failure={describeError(models.error)}
          retryLabel={text.common.retry}
          onRetry={() => void models.refetch()}
        />
      ) : undefined}
      {groups.map(([provider, list]) => (
        <section key={provider} className="model-group" aria-label={provider}>
          <h2>{provider}</h2>
          <SourceNote source={models.data?.sources.find((source) => source.provider === list[0]?.provider)} />
          <ul className="model-cards">
            {list.map((model) => (
              <ModelCard key={model.id} model={model} isDefault={model.id === models.data?.default} />
            ))}
          </ul>
        </section>
      ))}
      {models.data && groups.length === 0 ? (
        <Empty title={text.models.noneFound}>{text.models.noneFoundHint}</Empty>
      ) : undefined}
      {models.data && models.data.routes.length > 0 ? <Routes list={models.data} /> : undefined}
    </PageFrame>
  );
}

function RefreshButton() {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const refresh = async () => {
    setBusy(true);
    try {
      client.setQueryData(modelsQuery.queryKey, await fetchModels(true));
      showToast({ text: text.models.refreshed });
    } catch (error) {
      const { message, hint } = describeError(error);
      showToast({ tone: "danger", text: message, hint });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={RefreshCw} busy={busy} onClick={() => void refresh()}>
      {text.models.refresh}
    </Button>
  );
}

function Routes({ list }: { list: ModelList }) {
  return (
    <section className="model-group" aria-label={text.models.routes}>
      <h2>{text.models.routes}</h2>
      <ul className="model-cards">
        {list.routes.map((route) => (
          <li key={route.name} className="card model-card">
            <h3>{route.name}</h3>
            <ol className="route-steps">
              {route.deployments.map((id) => (
                <li key={id}>{id}</li>
              ))}
            </ol>
          </li>
        ))}
      </ul>
    </section>
  );
}

function groupModels(list: ModelList | undefined, query: string, capability: string): [string, Model[]][] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = (list?.models ?? []).filter((model) => {
    const haystack = `${model.id} ${model.display_name}`.toLowerCase();
    return (
      words.every((word) => haystack.includes(word)) && (capability === "" || model.capabilities.includes(capability))
    );
  });
  return [...Map.groupBy(shown, (model) => (model.language_model ? model.provider : text.models.builtIn))];
}
