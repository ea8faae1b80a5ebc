/** What the person said; it can be copied, changed, and said again in other words. */
import { Copy, Pencil } from "lucide-react";
import { memo } from "react";
import { text } from "@/lib/i18n";
import { IconButton } from "@/ui/button";
import { classNames } from "@/ui/class-names";
import { copyWithToast } from "@/ui/copy";
import { isLong, useCollapsed } from "../use-collapsed";
import { ImageStrip } from "@/ui/image-strip";
import { MessageEditor } from "./message-editor";
import { MessageMenu } from "./message-menu";
import type { ShownMessageProps } from "./message-row";
import { MessageTime } from "./message-time";
import { Siblings } from "./siblings";

export const UserMessage = memo(function UserMessage({
  message,
  pending,
  versions,
  busy,
  editing,
  onEditing,
}: ShownMessageProps) {
  const long = isLong(message.text);
  const [collapsed, toggle] = useCollapsed(message.id, long);
  if (editing) return <MessageEditor message={message} busy={busy} onDone={() => onEditing(false)} />;
  return (
    <article
      className={classNames("turn turn-user", pending && "turn-pending")}
      aria-label={text.chat.youSaid}
      aria-busy={pending}
      tabIndex={-1}
      data-message={message.id}
    >
      {message.images && message.images.length > 0 ? <ImageStrip images={message.images} /> : undefined}
      <div className="said-line">
        <div className="turn-actions">
          {pending ? (
            // It may be shown before there is a conversation that it is one of.
            <span className="message-time">{text.chat.beingSent}</span>
          ) : (
            <>
              <MessageTime message={message} />
              <Siblings ids={versions} current={message.id} />
            </>
          )}
          <IconButton
            icon={Copy}
            label={text.chat.copyMessage}
            size="small"
            onClick={() => void copyWithToast(message.text)}
          />
          <IconButton
            icon={Pencil}
            label={text.chat.edit}
            size="small"
            disabled={busy || pending}
            onClick={() => onEditing(true)}
          />
          {pending ? undefined : (
            <MessageMenu
              message={message}
              busy={busy}
              onEdit={undefined}
              collapsing={long ? { collapsed, toggle } : undefined}
            />
          )}
        </div>
        {message.text ? (
          <div className="said">
            <div dir="auto" className={classNames(long && collapsed && "folded")}>
              {message.text}
            </div>
            {long ? (
              <button type="button" className="button button-quiet fold-button" onClick={toggle}>
                {collapsed ? text.chat.showAll : text.chat.showLess}
              </button>
            ) : undefined}
          </div>
        ) : undefined}
      </div>
    </article>
  );
});
