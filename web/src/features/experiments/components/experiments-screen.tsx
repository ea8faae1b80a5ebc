/** Experiments: the list, one that is watched, the form of a new one; ratings from votes; preferences. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { FlaskConical, Plus } from "lucide-react";
import { useCallback } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { PageFrame } from "@/ui/page-frame";
import { Tabs } from "@/ui/tabs";
import { experimentsQuery } from "../api";
import type { ExperimentSearch } from "../search";
import { ExperimentCard } from "./experiment-card";
import { ExperimentDialog } from "./experiment-dialog";
import { ExperimentForm } from "./experiment-form";
import { PreferencesView } from "./preferences-view";
import { RatingsView } from "./ratings-view";
import "../experiments.css";

const page = getRouteApi("/experiments");

export function ExperimentsScreen() {
  const { data, error, refetch } = useQuery(experimentsQuery);
  const search = page.useSearch();
  const navigate = page.useNavigate();
  const go = useCallback(
    (change: Partial<ExperimentSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false }),
    [navigate],
  );
  const create = (
    <Button tone="primary" icon={Plus} onClick={() => go({ create: true })}>
      {text.experiments.create}
    </Button>
  );
  const edited = data?.experiments.find(({ id }) => id === search.edit);
  const taken = data?.experiments.map(({ design }) => design.name) ?? [];
  const list = (
    <section className="experiment-list" aria-label={text.experiments.list}>
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
      {data?.experiments.length === 0 ? (
        <Empty icon={FlaskConical} title={text.experiments.none}>
          {text.experiments.noneHint}
        </Empty>
      ) : undefined}
      <ul>
        {data?.experiments.map((experiment) => (
          <ExperimentCard
            key={experiment.id}
            experiment={experiment}
            onOpen={() => go({ open: experiment.id })}
            onEdit={() => go({ edit: experiment.id })}
          />
        ))}
      </ul>
    </section>
  );
  return (
    <PageFrame title={text.experiments.title} lead={text.experiments.lead} actions={create}>
      <Tabs
        label={text.experiments.views}
        views={[
          { id: "experiments", label: text.experiments.list, content: list },
          { id: "ratings", label: text.experiments.ratings, content: <RatingsView /> },
          { id: "preferences", label: text.experiments.preferences, content: <PreferencesView /> },
        ]}
      />
      {search.open ? <ExperimentDialog id={search.open} onClose={() => go({ open: undefined })} /> : undefined}
      {edited?.status === "planning" ? (
        <ExperimentForm
          key={edited.id}
          experiment={edited}
          taken={taken.filter((name) => name !== edited.design.name)}
          onClose={() => go({ edit: undefined })}
        />
      ) : undefined}
      {search.create ? (
        <ExperimentForm experiment={undefined} taken={taken} onClose={() => go({ create: undefined })} />
      ) : undefined}
    </PageFrame>
  );
}
