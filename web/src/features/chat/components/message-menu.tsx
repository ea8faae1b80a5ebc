/** What can be done with a message, besides what has a button of its own. */
import { ChevronsDownUp, ChevronsUpDown, GitBranch, Link2, MoreHorizontal, Pencil, Trash2 } from "lucide-react";
import { text } from "@/lib/i18n";
import type { ForkScope, Message } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Menu } from "@/ui/menu";
import { useThreadActions } from "../thread-actions";

const SCOPES: readonly ForkScope[] = ["path", "versions", "all"];

export interface Collapsing {
  collapsed: boolean;
  toggle: () => void;
}

export function MessageMenu({
  message,
  busy,
  onEdit,
  collapsing,
}: {
  message: Message;
  /** Whether an answer is being written, which may follow this message. */
  busy: boolean;
  /** Missing where editing has a button of its own, or is not possible now. */
  onEdit: (() => void) | undefined;
  /** Missing where the message is short. */
  collapsing: Collapsing | undefined;
}) {
  const actions = useThreadActions();
  return (
    <Menu
      label={text.chat.moreFor}
      trigger={<IconButton icon={MoreHorizontal} label={text.chat.moreFor} size="small" />}
      align="start"
      items={[
        ...(onEdit ? [{ id: "edit", label: text.chat.editAnswer, icon: Pencil, run: onEdit }] : []),
        ...(collapsing
          ? [
              {
                id: "collapse",
                label: collapsing.collapsed ? text.chat.showAll : text.chat.showLess,
                icon: collapsing.collapsed ? ChevronsUpDown : ChevronsDownUp,
                run: collapsing.toggle,
              },
            ]
          : []),
        { id: "link", label: text.chat.copyLink, icon: Link2, run: () => actions.copyLink(message) },
        ...SCOPES.map((scope) => ({
          id: `fork-${scope}`,
          label: text.chat.fork[scope],
          icon: GitBranch,
          run: () => actions.fork(message, scope),
        })),
        {
          id: "delete",
          label: text.chat.deleteMessage,
          icon: Trash2,
          danger: true,
          disabled: busy,
          run: () => actions.remove(message),
        },
      ]}
    />
  );
}
