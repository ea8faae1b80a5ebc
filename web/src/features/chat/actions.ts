/** What a person can do in a conversation, besides writing. */
import { RefreshCw, Square } from "lucide-react";
import type { Action } from "@/lib/actions";
import { text } from "@/lib/i18n";

export interface ChatAbilities {
  stop: (() => void) | undefined;
  regenerate: (() => void) | undefined;
}

export function chatActions({ stop, regenerate }: ChatAbilities): Action[] {
  const actions: Action[] = [];
  if (stop)
    actions.push({
      id: "chat.stop",
      label: text.chat.stop,
      group: text.actions.chat,
      icon: Square,
      shortcut: "Escape",
      whileTyping: true,
      run: stop,
    });
  if (regenerate)
    actions.push({
      id: "chat.regenerate",
      label: text.chat.regenerate,
      group: text.actions.chat,
      icon: RefreshCw,
      run: regenerate,
    });
  return actions;
}
