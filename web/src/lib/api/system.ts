/** The program itself: what it runs on, what it logs, and what its caches hold. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { fetchModels, modelsKey } from "@/lib/api/models";
import { request } from "@/lib/client";
import type { CacheReport, LogLevel, LogLines, SystemFacts } from "@/lib/types";

/** How often the log is asked for while somebody looks at it. */
const LOOK_MS = 3_000;
/** Figures that change while one looks at them. */
const FIGURES_MS = 10_000;

const logsKey = ["system", "logs"] as const;
const cacheKey = ["cache"] as const;

/** The levels, the gravest first. */
export const LEVELS = ["error", "warn", "info", "debug", "trace"] as const;
export type Level = (typeof LEVELS)[number];

export interface LogSearch {
  level: Level;
  q: string;
  limit: number;
}

export const factsQuery = queryOptions({
  queryKey: ["system", "facts"],
  queryFn: ({ signal }) => request<SystemFacts>("GET", "/api/system", { signal }),
  refetchInterval: FIGURES_MS,
});

/** The last of what was logged; asked for again only while it is on the screen. */
export function logsQuery(search: LogSearch) {
  return queryOptions({
    queryKey: [...logsKey, search],
    queryFn: ({ signal }) => fetchLogs(search, signal),
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_MS,
  });
}

export function fetchLogs(search: LogSearch, signal?: AbortSignal): Promise<LogLines> {
  return request<LogLines>("GET", "/api/system/logs", { query: { ...search }, ...(signal ? { signal } : {}) });
}

export function useChangeLogLevel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (level: string) => request<LogLevel>("PUT", "/api/system/log-level", { body: { level } }),
    onSuccess: () => client.invalidateQueries({ queryKey: logsKey }),
  });
}

export const cacheQuery = queryOptions({
  queryKey: cacheKey,
  queryFn: ({ signal }) => request<CacheReport>("GET", "/api/cache", { signal }),
  refetchInterval: FIGURES_MS,
});

export function useEmptyCache() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => request<void>("DELETE", "/api/cache"),
    onSuccess: () => client.invalidateQueries({ queryKey: cacheKey }),
  });
}

/** Asks every provider for its models anew. */
export function useAskForModels() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => fetchModels(true),
    onSuccess: (models) => client.setQueryData(modelsKey, models),
  });
}
