/** Keeps what the page shows in step with what happens in the program, in this window or elsewhere. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { refreshConversation, refreshLists } from "@/features/chat/api";
import { takeAway } from "@/features/chat/thread-api";
import { alertsKey } from "@/lib/api/alerts";
import { documentsKey, rememberDocument } from "@/lib/api/documents";
import { healthKey } from "@/lib/api/health";
import { rememberJob } from "@/lib/api/jobs";
import { modelsKey } from "@/lib/api/models";
import { settingsChanged } from "@/lib/api/settings";
import { statusQuery } from "@/lib/api/status";
import { watchedKey } from "@/lib/api/watched";
import { connectionStore } from "@/lib/connection";
import { notifyOf } from "@/lib/notifications";
import { openStream, type ServerEvent } from "@/lib/sse";
import type { AppEvent } from "@/lib/types";
import { showToast } from "@/ui/toast";

/** Browsers allow few connections to one server: a window nobody looks at gives its own back. */
const HIDDEN_CLOSE_MS = 60_000;

export function useLiveEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    let close: (() => void) | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lost = false;
    const open = () => {
      close ??= openStream("/api/events", {
        onEvent: (received) => take(client, received),
        onState: (state) => {
          if (state === "open") {
            connectionStore.set("online");
            // What happened in between was not told.
            if (lost) void client.invalidateQueries();
            lost = false;
          } else if (state === "waiting") {
            lost = true;
            connectionStore.set("reconnecting");
          }
        },
      });
    };
    const visibilityChanged = () => {
      clearTimeout(timer);
      if (document.visibilityState === "visible") open();
      else
        timer = setTimeout(() => {
          close?.();
          close = undefined;
          lost = true;
        }, HIDDEN_CLOSE_MS);
    };
    open();
    document.addEventListener("visibilitychange", visibilityChanged);
    return () => {
      clearTimeout(timer);
      close?.();
      document.removeEventListener("visibilitychange", visibilityChanged);
    };
  }, [client]);
}

function take(client: QueryClient, received: ServerEvent): void {
  let event: AppEvent;
  try {
    event = JSON.parse(received.data) as AppEvent;
  } catch {
    return;
  }
  switch (event.type) {
    case "document":
      rememberDocument(client, event.document);
      if (event.document.status === "ready") void client.invalidateQueries({ queryKey: statusQuery.queryKey });
      break;
    case "document_removed":
      void client.invalidateQueries({ queryKey: documentsKey });
      void client.invalidateQueries({ queryKey: statusQuery.queryKey });
      break;
    case "watched_folders_changed":
      void client.invalidateQueries({ queryKey: watchedKey });
      break;
    case "conversation_changed":
      void refreshConversation(client, event.id);
      break;
    case "messages_deleted":
      void takeAway(client, event.id, event.deleted);
      break;
    case "conversations_arranged":
      void refreshLists(client);
      break;
    case "models_changed":
      void client.invalidateQueries({ queryKey: modelsKey });
      void client.invalidateQueries({ queryKey: ["routes"] });
      void client.invalidateQueries({ queryKey: ["providers"] });
      void client.invalidateQueries({ queryKey: statusQuery.queryKey });
      break;
    case "settings_changed":
      settingsChanged(client);
      break;
    case "health_changed":
      void client.invalidateQueries({ queryKey: healthKey });
      break;
    case "sla_changed":
      void client.invalidateQueries({ queryKey: healthKey });
      showToast({ tone: event.met ? "neutral" : "danger", text: event.message });
      break;
    case "alert":
      void client.invalidateQueries({ queryKey: alertsKey });
      if (event.alert.resolved_at || event.alert.acknowledged_at) break;
      notifyOf(event.alert);
      if (event.alert.severity !== "info")
        showToast({ tone: "danger", text: event.alert.title, hint: event.alert.message });
      break;
    case "job":
      rememberJob(client, event.job);
      if (event.job.state !== "running") void client.invalidateQueries({ queryKey: statusQuery.queryKey });
      break;
  }
}
