/** One line at the foot: the connection, background work, the model, and what it all costs. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { PanelLeft, ShieldCheck } from "lucide-react";
import { conversationQuery } from "@/features/chat/api";
import { tokensOf } from "@/features/chat/model";
import { threadQuery } from "@/features/chat/thread-api";
import { modelLabel, modelsQuery } from "@/lib/api/models";
import { settingsQuery } from "@/lib/api/settings";
import { statusQuery } from "@/lib/api/status";
import { connectionStore } from "@/lib/connection";
import { formatCount, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import { useStore } from "@/lib/store";
import { IconButton } from "@/ui/button";

export function StatusBar({ sidebarShown, onShowSidebar }: { sidebarShown: boolean; onShowSidebar: () => void }) {
  const connection = useStore(connectionStore);
  const { data: status } = useQuery(statusQuery);
  const { data: settings } = useQuery(settingsQuery);
  const { conversationId } = useParams({ strict: false });
  return (
    <footer className="status-bar numeric" aria-label={text.status.title}>
      {sidebarShown ? undefined : (
        <IconButton icon={PanelLeft} label={text.sidebar.open} size="small" onClick={onShowSidebar} />
      )}
      <span className="connection" data-state={connection} role="status">
        {text.status.connection[connection]}
      </span>
      {settings?.local_only ? (
        <Link
          to="/memory"
          search={{ view: "privacy" }}
          className="local-only"
          title={text.memory.localOnlyMarkHint}
          aria-label={`${text.memory.localOnlyMark}. ${text.memory.localOnlyMarkHint}`}
        >
          <ShieldCheck size={14} aria-hidden />
          {text.memory.localOnlyMark}
        </Link>
      ) : undefined}
      {status && status.active_jobs > 0 ? <span>{text.status.jobs(status.active_jobs)}</span> : undefined}
      <span className="status-gap" />
      {conversationId ? <ConversationStatus id={conversationId} /> : undefined}
      {status ? (
        <Link to="/money" className="status-link">
          {text.status.month(formatMoney(status.spent_this_month_usd))}
        </Link>
      ) : undefined}
    </footer>
  );
}

function ConversationStatus({ id }: { id: string }) {
  // Both are fetched by the screen; here they are only read.
  // Of the thread only what is shown: it changes with every piece of an answer.
  const { data: cost } = useQuery({ ...threadQuery(id), enabled: false, select: (thread) => thread.costUsd });
  const { data: tokens } = useQuery({ ...threadQuery(id), enabled: false, select: tokensOf });
  const conversation = useQuery({ ...conversationQuery(id), enabled: false });
  const models = useQuery({ ...modelsQuery, enabled: false });
  const model = modelLabel(models.data, conversation.data?.model ?? models.data?.default);
  return (
    <>
      {model ? <span className="status-model">{model}</span> : undefined}
      {tokens ? (
        <span className="status-tokens">{text.status.context(text.chat.estimateTokens(formatCount(tokens)))}</span>
      ) : undefined}
      <span className="status-conversation">{text.status.conversation(formatMoney(cost ?? "0"))}</span>
    </>
  );
}
