/** What the person said; it can be copied, and edited and sent again. */
import { Copy, Pencil } from "lucide-react";
import { memo, useState, type KeyboardEvent } from "react";
import { text } from "@/lib/i18n";
import { copyText } from "@/lib/platform";
import type { Message } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { showToast } from "@/ui/toast";
import { ImageStrip } from "./image-strip";
import { Siblings } from "./siblings";

export interface UserMessageProps {
  message: Message;
  siblings: readonly string[];
  busy: boolean;
  onResend: (message: Message, text: string) => Promise<boolean>;
  onShow: (id: string) => void;
}

export const UserMessage = memo(function UserMessage({ message, siblings, busy, onResend, onShow }: UserMessageProps) {
  const [draft, setDraft] = useState<string>();
  if (draft !== undefined) {
    const send = async () => {
      if (draft.trim() !== "" && (await onResend(message, draft.trim()))) setDraft(undefined);
    };
    return (
      <Editor
        draft={draft}
        busy={busy}
        onChange={setDraft}
        onSend={() => void send()}
        onCancel={() => setDraft(undefined)}
      />
    );
  }
  return (
    <article className="turn turn-user" aria-label={text.chat.youSaid}>
      {message.images && message.images.length > 0 ? <ImageStrip images={message.images} /> : undefined}
      <div className="said-line">
        <div className="turn-actions">
          <Siblings ids={siblings} current={message.id} onShow={onShow} />
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
            disabled={busy}
            onClick={() => setDraft(message.text)}
          />
        </div>
        {message.text ? <div className="said">{message.text}</div> : undefined}
      </div>
    </article>
  );
});

export async function copyWithToast(content: string): Promise<void> {
  const copied = await copyText(content);
  showToast(copied ? { text: text.common.copied } : { tone: "danger", text: text.common.copyFailed });
}

function Editor({
  draft,
  busy,
  onChange,
  onSend,
  onCancel,
}: {
  draft: string;
  busy: boolean;
  onChange: (draft: string) => void;
  onSend: () => void;
  onCancel: () => void;
}) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      onCancel();
    } else if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      onSend();
    }
  };
  return (
    <div className="turn turn-user turn-editing">
      <textarea
        className="input textarea"
        aria-label={text.chat.editMessage}
        autoFocus
        value={draft}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onCancel}>
          {text.common.cancel}
        </Button>
        <Button tone="primary" busy={busy} disabled={draft.trim() === ""} onClick={onSend}>
          {text.chat.resend}
        </Button>
      </div>
    </div>
  );
}
