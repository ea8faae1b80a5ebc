/** The box that selects a conversation among many. */
import { useRef, type KeyboardEvent } from "react";
import { text } from "@/lib/i18n";
import { selectRange, type RowPlace } from "../row-place";
import { ranged, selectionStore, toggled } from "../selection";

export interface ConversationTickProps {
  id: string;
  title: string;
  checked: boolean;
  at: RowPlace;
}

/** The arrows go from box to box, with Shift they select on the way. */
export function ConversationTick({ id, title, checked, at }: ConversationTickProps) {
  const shifted = useRef(false);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      const row = event.currentTarget.closest("[data-conversation]");
      selectionStore.set(undefined);
      row?.querySelector<HTMLElement>(".conversation-link")?.focus();
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      selectionStore.set({ ids: new Set(at.order), anchor: id });
    } else {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next = by === undefined ? undefined : at.order[at.order.indexOf(id) + by];
      if (next === undefined) return;
      if (event.shiftKey) selectionStore.set((before) => ranged(before, at.order, next));
      focusTick(next);
    }
    event.preventDefault();
  };
  return (
    <label className="conversation-tick">
      <input
        type="checkbox"
        aria-label={text.folders.selectOne(title)}
        checked={checked}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          // A change itself tells no keys.
          shifted.current = event.shiftKey;
        }}
        onChange={() => {
          if (shifted.current) selectRange(id, at);
          else selectionStore.set((before) => toggled(before, id));
        }}
      />
    </label>
  );
}

export function focusTick(id: string): void {
  document.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(id)}"] .conversation-tick input`)?.focus();
}
