/** Routes: the list with the standing of each, the form of one, and trying what would happen to a request. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Plus, Waypoints } from "lucide-react";
import { useCallback } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { PageFrame } from "@/ui/page-frame";
import { routesQuery } from "../api";
import type { RouteSearch } from "../search";
import { RouteCard } from "./route-card";
import { RouteDialog } from "./route-dialog";
import { TryPanel } from "./try-panel";
import "../routes.css";

const page = getRouteApi("/routes");

export function RoutesScreen() {
  const { data, error, refetch } = useQuery(routesQuery);
  const search = page.useSearch();
  const navigate = page.useNavigate();
  const go = useCallback(
    (change: Partial<RouteSearch>) =>
      void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false }),
    [navigate],
  );
  const create = (
    <Button tone="primary" icon={Plus} onClick={() => go({ create: true })}>
      {text.routes.create}
    </Button>
  );
  const edited = data?.routes.find((route) => route.name === search.edit);
  return (
    <PageFrame title={text.routes.title} lead={text.routes.lead} actions={create}>
      <div className="routes-columns">
        <section className="route-list" aria-label={text.routes.list}>
          {error ? (
            <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
          ) : undefined}
          {!data && !error ? <Skeleton lines={8} label={text.common.loading} /> : undefined}
          {data?.routes.length === 0 ? (
            <Empty icon={Waypoints} title={text.routes.none}>
              {text.routes.noneHint}
            </Empty>
          ) : undefined}
          <ul>
            {data?.routes.map((route) => (
              <RouteCard
                key={route.name}
                route={route}
                onEdit={() => go({ edit: route.name })}
                onTry={() => go({ try: route.name })}
              />
            ))}
          </ul>
        </section>
        <TryPanel wanted={search.try} onWant={(name) => go({ try: name })} routes={data?.routes ?? []} />
      </div>
      {edited?.editable ? (
        <RouteDialog key={edited.name} route={edited} taken={[]} onClose={() => go({ edit: undefined })} />
      ) : undefined}
      {search.create ? (
        <RouteDialog
          route={undefined}
          taken={data?.routes.map((route) => route.name) ?? []}
          onClose={() => go({ create: undefined })}
        />
      ) : undefined}
    </PageFrame>
  );
}
