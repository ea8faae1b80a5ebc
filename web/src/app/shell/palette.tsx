/** The command palette: every action, and every conversation, by typing. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MessageSquare } from "lucide-react";
import { useDeferredValue, useMemo, useState } from "react";
import { conversationsQuery } from "@/features/chat/api";
import { showShortcut, useAllActions } from "@/lib/actions";
import { text } from "@/lib/i18n";
import { Dialog } from "@/ui/dialog";
import { PickList, type PickItem } from "@/ui/pick-list";

const CONVERSATION = "conversation:";

export function Palette({ onClose }: { onClose: () => void }) {
  const actions = useAllActions();
  const navigate = useNavigate();
  const [query, setQuery] = useState("");
  const conversations = useInfiniteQuery(conversationsQuery(useDeferredValue(query.trim())));
  const items = useMemo<PickItem[]>(
    () => [
      ...actions
        .filter((action) => action.id !== "view.palette")
        .map((action) => ({
          id: action.id,
          label: action.label,
          group: action.group,
          icon: action.icon,
          keys: action.shortcut ? showShortcut(action.shortcut) : undefined,
          keywords: action.keywords,
        })),
      ...(conversations.data?.pages.flatMap((page) => page.conversations) ?? []).map((conversation) => ({
        id: CONVERSATION + conversation.id,
        label: conversation.title || text.chat.untitled,
        group: text.sidebar.conversations,
        icon: MessageSquare,
        detail: conversation.snippet ?? undefined,
        // The server found it by what is said in it, which need not stand in the title.
        keywords: query,
      })),
    ],
    [actions, conversations.data, query],
  );
  const pick = (id: string) => {
    onClose();
    if (id.startsWith(CONVERSATION))
      void navigate({ to: "/c/$conversationId", params: { conversationId: id.slice(CONVERSATION.length) } });
    else actions.find((action) => action.id === id)?.run();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.actions.palette}
      closeLabel={text.common.close}
      side="top"
      titleHidden
      className="palette"
    >
      <PickList
        label={text.actions.palette}
        placeholder={text.actions.placeholder}
        emptyText={text.actions.nothing}
        items={items}
        onPick={pick}
        onQuery={setQuery}
      />
    </Dialog>
  );
}
