/** A conversation in the sidebar. */
import { Link, useNavigate } from "@tanstack/react-router";
import { Download, Link2, MoreHorizontal, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { text } from "@/lib/i18n";
import type { Conversation } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Menu } from "@/ui/menu";
import { showToast } from "@/ui/toast";
import { useDeleteConversation, useRestoreConversation, useUpdateConversation } from "../api";
import { ExportDialog } from "./export-dialog";
import { ShareDialog } from "./share-dialog";

export function ConversationRow({
  conversation,
  current,
  onOpen,
}: {
  conversation: Conversation;
  current: boolean;
  onOpen: () => void;
}) {
  const [renaming, setRenaming] = useState(false);
  const [exporting, setExporting] = useState(false);
  const [sharing, setSharing] = useState(false);
  const remove = useDeleteConversation();
  const restore = useRestoreConversation();
  const navigate = useNavigate();
  const title = conversation.title || text.chat.untitled;

  const onDelete = async () => {
    // Away from it first, so that nothing asks for what is gone.
    if (current) await navigate({ to: "/" });
    await remove.mutateAsync(conversation.id);
    showToast({
      text: text.sidebar.deleted(title),
      action: { label: text.common.undo, run: () => restore.mutate(conversation.id) },
    });
  };
  return (
    <li className="conversation-row" data-current={current || undefined}>
      <Link
        to="/c/$conversationId"
        params={{ conversationId: conversation.id }}
        className="conversation-link"
        aria-current={current ? "page" : undefined}
        onClick={onOpen}
        title={title}
      >
        <span className="conversation-title as-named" dir="auto">
          {title}
        </span>
        {conversation.streaming ? (
          <span className="writing-dot" role="img" aria-label={text.sidebar.writing} />
        ) : undefined}
        {conversation.snippet ? (
          <span className="conversation-snippet as-named" dir="auto">
            {conversation.snippet}
          </span>
        ) : undefined}
      </Link>
      <Menu
        label={text.sidebar.commandsFor(title)}
        trigger={
          <IconButton icon={MoreHorizontal} label={text.sidebar.commandsFor(title)} size="small" className="row-menu" />
        }
        items={[
          { id: "rename", label: text.common.rename, icon: Pencil, run: () => setRenaming(true) },
          { id: "share", label: text.shares.share, icon: Link2, run: () => setSharing(true) },
          { id: "export", label: text.transfer.exportIt, icon: Download, run: () => setExporting(true) },
          {
            id: "delete",
            label: text.common.delete,
            icon: Trash2,
            danger: true,
            run: () => void onDelete().catch(() => undefined),
          },
        ]}
      />
      <RenameDialog open={renaming} conversation={conversation} onClose={() => setRenaming(false)} />
      {exporting ? <ExportDialog conversation={conversation} onClose={() => setExporting(false)} /> : undefined}
      {sharing ? <ShareDialog conversation={conversation} onClose={() => setSharing(false)} /> : undefined}
    </li>
  );
}

function RenameDialog({
  open,
  conversation,
  onClose,
}: {
  open: boolean;
  conversation: Conversation;
  onClose: () => void;
}) {
  const update = useUpdateConversation();
  return (
    <Dialog open={open} onClose={onClose} title={text.sidebar.renameTitle} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          const title = String(new FormData(event.currentTarget).get("title") ?? "").trim();
          if (title === "") return;
          update.mutate({ id: conversation.id, change: { title } }, { onSuccess: onClose });
        }}
      >
        <TextField
          label={text.sidebar.newTitle}
          name="title"
          defaultValue={conversation.title}
          required
          maxLength={200}
          autoFocus
        />
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={update.isPending}>
            {text.common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
