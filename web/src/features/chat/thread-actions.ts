/** What a person can do with the messages of a conversation; the same object as long as the conversation is shown. */
import { createContext, useContext } from "react";
import type { Citation, ForkScope, Message } from "@/lib/types";

export interface ThreadActions {
  /** Says something else in the place of a message of theirs; whether it was taken. */
  resend: (message: Message, words: string) => Promise<boolean>;
  /** Writes other words into a message; whether they were taken. */
  save: (message: Message, words: string) => Promise<boolean>;
  /** Writes other words into an answer, and has what was said after it answered anew. */
  saveAndRerun: (message: Message, words: string) => Promise<boolean>;
  regenerate: (messageId: string, model?: string) => void;
  openCitation: (citation: Citation) => void;
  /** Shows another version of a message. */
  showVersion: (messageId: string) => void;
  fork: (message: Message, scope: ForkScope) => void;
  copyLink: (message: Message) => void;
  /** Deletes a message with what follows it. */
  remove: (message: Message) => void;
}

const Context = createContext<ThreadActions | undefined>(undefined);

export const ThreadActionsProvider = Context.Provider;

export function useThreadActions(): ThreadActions {
  const actions = useContext(Context);
  if (!actions) throw new Error("a message is shown outside of a conversation");
  return actions;
}
