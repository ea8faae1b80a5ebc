/** A row of the conversation: a message with the keys that work on it. Only what changed of it is rendered again. */
import { memo, useState, type KeyboardEvent } from "react";
import { countRender } from "@/lib/renders";
import type { Message } from "@/lib/types";
import { useThreadActions } from "../thread-actions";
import type { Version } from "../versions";
import { Answer } from "./answer";
import { UserMessage } from "./user-message";

export interface MessageRowProps {
  message: Message;
  /** Whether the server has not taken it yet. */
  pending: boolean;
  /** All versions of it, where there are several. */
  versions: readonly string[];
  /** The version beside this one that another model wrote; for votes. */
  rival: Version | undefined;
  /** What was asked. */
  question: string | undefined;
  busy: boolean;
  /** Whether the address names it. */
  linked: boolean;
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { message, versions, busy, linked } = props;
  const actions = useThreadActions();
  const [editing, setEditing] = useState(false);
  countRender("row");
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    // Only where the message itself has the focus: within it the keys belong to what is there.
    if (!(event.target instanceof HTMLElement) || !event.target.matches("article")) return;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const rtl = document.documentElement.dir === "rtl" ? -1 : 1;
    const step = event.key === "ArrowLeft" ? -rtl : event.key === "ArrowRight" ? rtl : 0;
    const version = step === 0 ? undefined : versions[versions.indexOf(message.id) + step];
    if (version !== undefined) actions.showVersion(version);
    else if (event.key === "e" && !busy && message.status !== "streaming") setEditing(true);
    else return;
    event.preventDefault();
  };
  const Shown = message.role === "user" ? UserMessage : Answer;
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="thread-row" data-linked={linked || undefined} onKeyDown={onKeyDown}>
      <Shown {...props} editing={editing} onEditing={setEditing} />
    </div>
  );
});

export interface ShownMessageProps extends MessageRowProps {
  editing: boolean;
  onEditing: (editing: boolean) => void;
}
