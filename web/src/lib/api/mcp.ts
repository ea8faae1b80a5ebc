/** Tool servers: added, tested, restarted, removed. What is secret of one goes to the server and never comes back. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import type { ChangeMcpServer, CreateMcpServer, McpImport, McpServer, McpServerList, McpTest } from "@/lib/types";
import { toolsQuery } from "./tools";

/** How often it is looked at what becomes of servers that are on their way, and of all others. */
const SOON_MS = 1_000;
const LATER_MS = 10_000;

export const mcpServersQuery = queryOptions({
  queryKey: ["mcp-servers"],
  queryFn: ({ signal }) => request<McpServerList>("GET", "/api/mcp/servers", { signal }),
  refetchInterval: ({ state }) =>
    state.data?.servers.some((server) => server.state === "starting") ? SOON_MS : LATER_MS,
});

const path = (id: string) => `/api/mcp/servers/${encodeURIComponent(id)}`;

export function useCreateMcpServer() {
  const onSuccess = useRefresh();
  const mutationFn = (body: CreateMcpServer) => request<McpServer>("POST", "/api/mcp/servers", { body });
  return useMutation({ mutationFn, onSuccess, meta: { ownError: true } });
}

export function useImportMcpServers() {
  const onSuccess = useRefresh();
  const mutationFn = (text: string) => request<McpImport>("POST", "/api/mcp/servers/import", { body: { text } });
  return useMutation({ mutationFn, onSuccess, meta: { ownError: true } });
}

export function useChangeMcpServer() {
  const onSuccess = useRefresh();
  const mutationFn = ({ id, body }: { id: string; body: ChangeMcpServer }) =>
    request<McpServer>("PATCH", path(id), { body });
  return useMutation({ mutationFn, onSuccess, meta: { ownError: true } });
}

export function useRemoveMcpServer() {
  const onSuccess = useRefresh();
  return useMutation({ mutationFn: (id: string) => request<void>("DELETE", path(id)), onSuccess });
}

export function useRestoreMcpServer() {
  const onSuccess = useRefresh();
  return useMutation({ mutationFn: (id: string) => request<McpServer>("POST", `${path(id)}/restore`), onSuccess });
}

export function useRestartMcpServer() {
  const onSuccess = useRefresh();
  return useMutation({ mutationFn: (id: string) => request<McpServer>("POST", `${path(id)}/restart`), onSuccess });
}

export function useTestMcpServer() {
  return useMutation({ mutationFn: (id: string) => request<McpTest>("POST", `${path(id)}/test`) });
}

function useRefresh() {
  const client = useQueryClient();
  return async () => {
    await Promise.all([
      client.invalidateQueries({ queryKey: mcpServersQuery.queryKey }),
      client.invalidateQueries({ queryKey: toolsQuery.queryKey }),
    ]);
  };
}
