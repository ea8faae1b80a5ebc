/** What can be done with an answer, what people think of it, and what it took. */
import { useQuery } from "@tanstack/react-query";
import { Copy, RefreshCw, Replace } from "lucide-react";
import { useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { text } from "@/lib/i18n";
import type { Message } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { copyWithToast } from "@/ui/copy";
import { PickList } from "@/ui/pick-list";
import { Popover } from "@/ui/popover";
import { useThreadActions } from "../thread-actions";
import type { Version } from "../versions";
import { AnswerOpinion, WhichWasBetter } from "./answer-opinion";
import { MessageMenu, type Collapsing } from "./message-menu";
import { MessageMeta } from "./message-meta";
import { modelItems } from "@/lib/api/model-items";
import { Siblings } from "./siblings";

export interface AnswerFootProps {
  message: Message;
  versions: readonly string[];
  rival: Version | undefined;
  question: string | undefined;
  busy: boolean;
  onEdit: () => void;
  collapsing: Collapsing | undefined;
}

export function AnswerFoot({ message, versions, rival, question, busy, onEdit, collapsing }: AnswerFootProps) {
  const { regenerate } = useThreadActions();
  const greeting = message.persona?.greeting === true;
  return (
    <footer className="answer-foot">
      <div className="turn-actions">
        <Siblings ids={versions} current={message.id} />
        <IconButton
          icon={Copy}
          label={text.chat.copyAnswer}
          size="small"
          onClick={() => void copyWithToast(message.text)}
        />
        {greeting ? undefined : (
          <>
            <IconButton
              icon={RefreshCw}
              label={text.chat.regenerate}
              size="small"
              disabled={busy}
              onClick={() => regenerate(message.id)}
            />
            <OtherModel
              busy={busy}
              current={message.model ?? undefined}
              onPick={(model) => regenerate(message.id, model)}
            />
          </>
        )}
        <MessageMenu message={message} busy={busy} onEdit={busy ? undefined : onEdit} collapsing={collapsing} />
        {message.receipt && message.language_model ? (
          <AnswerOpinion exchangeId={message.receipt.exchange_id} question={question} />
        ) : undefined}
        {rival ? (
          <WhichWasBetter
            current={{ message, number: versions.indexOf(message.id) + 1 }}
            rival={rival}
            question={question}
          />
        ) : undefined}
      </div>
      {message.receipt ? (
        <MessageMeta
          receipt={message.receipt}
          languageModel={message.language_model}
          sent={message.sent ?? undefined}
        />
      ) : undefined}
    </footer>
  );
}

function OtherModel({
  busy,
  current,
  onPick,
}: {
  busy: boolean;
  current: string | undefined;
  onPick: (model: string) => void;
}) {
  const { data: models } = useQuery(modelsQuery);
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label={text.chat.regenerateWith}
      open={open}
      onOpenChange={setOpen}
      className="picker-popover"
      trigger={<IconButton icon={Replace} label={text.chat.regenerateWith} size="small" disabled={busy} />}
    >
      <PickList
        label={text.chat.regenerateWith}
        placeholder={text.chat.searchModels}
        emptyText={text.chat.noSuchModel}
        items={modelItems(models, current)}
        onPick={(model) => {
          setOpen(false);
          onPick(model);
        }}
      />
    </Popover>
  );
}
