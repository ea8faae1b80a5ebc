/** A conversation in the sidebar. */
import { Link } from "@tanstack/react-router";
import { Pin } from "lucide-react";
import { memo, useState, type MouseEvent } from "react";
import { text } from "@/lib/i18n";
import { useStore } from "@/lib/store";
import type { Conversation, Folder } from "@/lib/types";
import { pathOf } from "../folders";
import { selectRange, type RowPlace } from "../row-place";
import { selectionStore, toggled } from "../selection";
import { startDrag } from "../use-drag";
import { useDropBeside } from "../use-drop-beside";
import { ConversationMenu, type Asking } from "./conversation-menu";
import { ConversationTick } from "./conversation-tick";
import { ExportDialog } from "./export-dialog";
import { Marked } from "./marked";
import { MoveDialog } from "./move-dialog";
import { RenameDialog } from "./rename-dialog";
import { ShareDialog } from "./share-dialog";
import { TagsDialog } from "./tags-dialog";

export interface ConversationRowProps {
  conversation: Conversation;
  current: boolean;
  onOpen: () => void;
  at: RowPlace;
  /** Words that were looked for. */
  words: readonly string[];
}

/** Apart from those around it: what changes or is scrolled renders only what comes or changes. */
export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps) {
  const { conversation, current, onOpen, at, words } = props;
  const [asking, setAsking] = useState<Asking>();
  const title = conversation.title || text.chat.untitled;
  const { folder_id: folderId, tags = [], pinned = false } = conversation.filed ?? {};
  const close = () => setAsking(undefined);
  const selection = useStore(selectionStore);
  const selected = selection?.ids.has(conversation.id) ?? false;
  const drop = useDropBeside(conversation, at);
  const onClick = (event: MouseEvent) => {
    const range = event.shiftKey && !event.ctrlKey && !event.metaKey;
    if (!range && (selection === undefined || event.ctrlKey || event.metaKey)) {
      onOpen();
      return;
    }
    event.preventDefault();
    if (range) selectRange(conversation.id, at);
    else selectionStore.set((before) => toggled(before, conversation.id));
  };
  return (
    <div
      className="conversation-row"
      data-current={current || undefined}
      data-selected={selected || undefined}
      data-drop={drop.side}
      data-conversation={conversation.id}
      {...drop.handlers}
    >
      {selection ? <ConversationTick id={conversation.id} title={title} checked={selected} at={at} /> : undefined}
      <Link
        to="/c/$conversationId"
        params={{ conversationId: conversation.id }}
        className="conversation-link"
        aria-current={current ? "page" : undefined}
        onClick={onClick}
        title={title}
        draggable
        onDragStart={(event) => {
          const many = selected && selection ? at.order.filter((id) => selection.ids.has(id)) : [];
          const ids = many.length > 0 ? many : [conversation.id];
          startDrag(event, { kind: "conversations", ids, filed: ids.length > 1 || Boolean(folderId) });
        }}
      >
        <span className="conversation-title as-named" dir="auto">
          <Marked words={words}>{title}</Marked>
        </span>
        {pinned ? (
          <Pin size={12} className="conversation-pin" role="img" aria-label={text.folders.pinned} />
        ) : undefined}
        {conversation.streaming ? (
          <span className="writing-dot" role="img" aria-label={text.sidebar.writing} />
        ) : undefined}
        {conversation.snippet ? (
          <span className="conversation-snippet as-named" dir="auto">
            <Marked words={words}>{conversation.snippet}</Marked>
          </span>
        ) : undefined}
        <Filing folders={at.inFolder ? [] : at.folders} folderId={folderId ?? undefined} tags={tags} />
      </Link>
      <ConversationMenu conversation={conversation} current={current} at={at} onAsk={setAsking} />
      <RenameDialog open={asking === "rename"} conversation={conversation} onClose={close} />
      {asking === "export" ? <ExportDialog conversation={conversation} onClose={close} /> : undefined}
      {asking === "share" ? <ShareDialog conversation={conversation} onClose={close} /> : undefined}
      {asking === "move" ? (
        <MoveDialog
          moved={{ ids: [conversation.id], title: text.folders.moveOne(title), current: folderId ?? undefined }}
          onClose={close}
        />
      ) : undefined}
      {asking === "tags" ? (
        <TagsDialog conversations={[conversation]} known={at.tags.map(({ tag }) => tag)} onClose={close} />
      ) : undefined}
    </div>
  );
});

/** In which folder it is, and its tags. */
function Filing({
  folders,
  folderId,
  tags,
}: {
  folders: readonly Folder[];
  folderId: string | undefined;
  tags: readonly string[];
}) {
  const folder = folderId === undefined ? undefined : folders.find(({ id }) => id === folderId);
  if (!folder && tags.length === 0) return undefined;
  return (
    <span className="conversation-filing">
      {folder ? (
        <span className="as-named" dir="auto" title={pathOf(folders, folder.id)}>
          {text.folders.within(folder.name)}
        </span>
      ) : undefined}
      {tags.map((tag) => (
        <span key={tag} className="conversation-tag as-named" dir="auto">
          {tag}
        </span>
      ))}
    </span>
  );
}
