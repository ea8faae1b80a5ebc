/** What was spent, how it goes on, budgets and alerts, from the server. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { alertsKey } from "@/lib/api/alerts";
import { address, request, type Query } from "@/lib/client";
import type {
  Alert,
  AlertList,
  AlertSettings,
  AlertWebhook,
  AnomalyList,
  Budget,
  BudgetList,
  CreatedWebhook,
  CreateWebhook,
  MoneyForecast,
  MoneyReport,
  PutAlertSettings,
  PutBudget,
  Savings,
  UpdateWebhook,
  WebhookTest,
} from "@/lib/types";
import type { Breakdown, Period, Stack, Step } from "./search";

/** Spend moves while others call. */
const FRESH_MS = 60_000;

function moneyQuery<T>(path: string, query: Query) {
  return queryOptions({
    queryKey: ["money", path, query],
    queryFn: ({ signal }) => request<T>("GET", `/api/money/${path}`, { query, signal }),
    placeholderData: keepPreviousData,
    refetchOnMount: "always",
    refetchInterval: FRESH_MS,
  });
}

export const spendQuery = ({ from, to, by }: Period, split: Stack) =>
  moneyQuery<MoneyReport>("report", { from, to, by, split });
/** Rows of a breakdown that are listed; the others are one row. */
const ROWS = 50;
const breakdown = ({ from, to }: Period, by: Breakdown) => ({ from, to, by, limit: ROWS });
export const breakdownQuery = (period: Period, by: Breakdown) =>
  moneyQuery<MoneyReport>("report", breakdown(period, by));
export const savingsQuery = ({ from, to }: Period) => moneyQuery<Savings>("savings", { from, to });
export const anomaliesQuery = ({ from, to }: Period) => moneyQuery<AnomalyList>("anomalies", { from, to });
export const forecastQuery = (step: Step) => moneyQuery<MoneyForecast>("forecast", { step });

export const spendCsv = ({ from, to, by }: Period, split: Stack) =>
  address("/api/money/report", { from, to, by, split, format: "csv" });
export const breakdownCsv = ({ from, to }: Period, by: Breakdown) =>
  address("/api/money/report", { from, to, by, format: "csv" });

export const budgetsQuery = queryOptions({
  queryKey: ["budgets"],
  queryFn: ({ signal }) => request<BudgetList>("GET", "/api/budgets", { signal }),
  refetchOnMount: "always",
  refetchInterval: 15_000,
});

function useRefresh(key: readonly unknown[]) {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: key });
}

export function usePutBudget() {
  return useMutation({
    mutationFn: ({ id, budget }: { id: string | undefined; budget: PutBudget }) =>
      id === undefined
        ? request<Budget>("POST", "/api/budgets", { body: budget })
        : request<Budget>("PUT", `/api/budgets/${encodeURIComponent(id)}`, { body: budget }),
    onSuccess: useRefresh(budgetsQuery.queryKey),
    meta: { ownError: true },
  });
}

export function useDeleteBudget() {
  return useMutation({
    mutationFn: (id: string) => request<void>("DELETE", `/api/budgets/${encodeURIComponent(id)}`),
    onSuccess: useRefresh(budgetsQuery.queryKey),
  });
}

export const alertsQuery = queryOptions({
  queryKey: [...alertsKey, "list"],
  queryFn: ({ signal }) => request<AlertList>("GET", "/api/alerts", { query: { limit: 50 }, signal }),
  refetchOnMount: "always",
  refetchInterval: FRESH_MS,
});

export function useAcknowledge() {
  return useMutation({
    mutationFn: (id: string) => request<Alert>("POST", `/api/alerts/${encodeURIComponent(id)}/acknowledge`),
    onSuccess: useRefresh(alertsKey),
  });
}

export function useAcknowledgeAll() {
  return useMutation({
    mutationFn: () => request<AlertList>("POST", "/api/alerts/acknowledge"),
    onSuccess: useRefresh(alertsKey),
  });
}

export const alertSettingsQuery = queryOptions({
  queryKey: [...alertsKey, "settings"],
  queryFn: ({ signal }) => request<AlertSettings>("GET", "/api/alerts/settings", { signal }),
});

/**
 * Changes the settings as they stand by then, so that of two quick changes neither undoes the other; shown at once, and
 * read again at the end, also where the server refuses.
 */
export function useChangeAlertSettings() {
  const client = useQueryClient();
  const { queryKey } = alertSettingsQuery;
  const mutationKey = [...queryKey, "change"];
  return useMutation({
    mutationKey,
    scope: { id: "alert-settings" },
    onMutate: async (change: (now: AlertSettings) => Partial<AlertSettings>) => {
      await client.cancelQueries({ queryKey });
      client.setQueryData(queryKey, (now) => now && { ...now, ...change(now) });
    },
    mutationFn: async () => {
      const { thresholds, muted, quiet_until } = await client.ensureQueryData(alertSettingsQuery);
      const body: PutAlertSettings = { thresholds, muted, quiet_until: quiet_until ?? null };
      return request<AlertSettings>("PUT", "/api/alerts/settings", { body });
    },
    onSettled: () => (client.isMutating({ mutationKey }) > 1 ? undefined : client.invalidateQueries({ queryKey })),
    meta: { ownError: true },
  });
}

export function useCreateWebhook() {
  return useMutation({
    mutationFn: (webhook: CreateWebhook) => request<CreatedWebhook>("POST", "/api/alerts/webhooks", { body: webhook }),
    onSuccess: useRefresh(alertSettingsQuery.queryKey),
    meta: { ownError: true },
  });
}

const webhookPath = (id: string) => `/api/alerts/webhooks/${encodeURIComponent(id)}`;

export function useUpdateWebhook() {
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: UpdateWebhook }) =>
      request<AlertWebhook>("PATCH", webhookPath(id), { body: change }),
    onSuccess: useRefresh(alertSettingsQuery.queryKey),
  });
}

export function useDeleteWebhook() {
  return useMutation({
    mutationFn: (id: string) => request<void>("DELETE", webhookPath(id)),
    onSuccess: useRefresh(alertSettingsQuery.queryKey),
  });
}

export function useTestWebhook() {
  return useMutation({
    mutationFn: (id: string) => request<WebhookTest>("POST", `${webhookPath(id)}/test`),
    meta: { ownError: true },
  });
}
