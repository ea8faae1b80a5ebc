/** What of the memory an answer was told, with why; each can be struck out here. */
import { useQuery } from "@tanstack/react-query";
import { Strikethrough, Undo2 } from "lucide-react";
import { useState } from "react";
import { rememberedQuery, useStrikeFact } from "@/lib/api/memory";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Message } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Failure, Skeleton } from "@/ui/feedback";

export function Remembered({ message }: { message: Message }) {
  const [open, setOpen] = useState(false);
  return (
    <details className="sources" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{text.memory.remembered(message.remembered ?? 0)}</summary>
      {open ? <Facts message={message} /> : undefined}
    </details>
  );
}

export function Facts({ message }: { message: Message }) {
  const { data, error } = useQuery(rememberedQuery(message.conversation_id, message.id));
  const strike = useStrikeFact();
  if (error) return <Failure failure={describeError(error)} />;
  if (!data) return <Skeleton label={text.common.loading} />;
  if (data.recalled.length === 0) return <p className="field-hint">{text.memory.nothingLeft}</p>;
  return (
    <ul className="lore-used remembered">
      {data.recalled.map(({ fact, why }) => {
        const struck = fact.standing === "struck";
        return (
          <li key={fact.id}>
            <span>
              <bdi>{struck ? <s>{fact.text}</s> : <strong>{fact.text}</strong>}</bdi>: <bdi>{why}</bdi>
            </span>{" "}
            <IconButton
              icon={struck ? Undo2 : Strikethrough}
              size="small"
              label={struck ? text.memory.unstrikeFact(fact.text) : text.memory.strikeFact(fact.text)}
              onClick={() => strike.mutate({ id: fact.id, struck: !struck })}
            />
          </li>
        );
      })}
    </ul>
  );
}
