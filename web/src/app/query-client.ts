/** The cache of what the server said, and what happens when it refuses. */
import { MutationCache, QueryClient } from "@tanstack/react-query";
import { ApiError, describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { showToast } from "@/ui/toast";

declare module "@tanstack/react-query" {
  interface Register {
    mutationMeta: {
      /** The screen shows the error itself. */
      ownError?: boolean;
    };
  }
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // On loopback there is no network to wait for.
      networkMode: "always",
      staleTime: 10_000,
      // A refusal stays a refusal; only an absent server may be back in a moment.
      retry: (failures, error) => error instanceof ApiError && error.status === 0 && failures < 2,
    },
    mutations: { networkMode: "always" },
  },
  mutationCache: new MutationCache({
    onError: (error, _variables, _context, mutation) => {
      if (mutation.meta?.ownError) return;
      const { message, hint, correlationId } = describeError(error);
      const more = correlationId ? text.common.correlation(correlationId) : undefined;
      showToast({ tone: "danger", text: message, hint: [hint, more].filter(Boolean).join(" ") || undefined });
    },
  }),
});
