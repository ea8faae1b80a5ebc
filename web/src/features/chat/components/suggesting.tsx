/** The list that opens while something is asked for in the composer: its keys, and what it does to the text. */
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";
import { asked as askedIn, without, type Asked } from "../suggest";
import { useSuggestions, type Choices, type Suggestion } from "../use-suggestions";
import { optionId, SuggestionList } from "./suggestion-list";

export interface Suggesting {
  list: ReactNode;
  /** What the field says about the list. */
  wiring: Record<string, string | boolean | undefined>;
  /** Whether the key was for the list. */
  onKeyDown: (event: KeyboardEvent) => boolean;
  /** Looks what stands before the caret. */
  look: (value: string, caret: number) => void;
  close: () => void;
}

export function useSuggesting(
  value: string,
  choices: Choices | undefined,
  { onChange, onTemplate }: { onChange: (value: string, caret: number) => void; onTemplate: (id: string) => void },
): Suggesting {
  const id = useId();
  const [asked, setAsked] = useState<Asked>();
  const [active, setActive] = useState(0);
  const suggestions = useSuggestions(asked, choices, onTemplate);
  const open = asked !== undefined && suggestions.length > 0;
  const at = Math.min(active, suggestions.length - 1);

  const close = () => setAsked(undefined);
  const pick = ({ run }: Suggestion) => {
    if (!asked) return;
    const rest = without(value, asked);
    onChange(rest.value, rest.caret);
    close();
    run();
  };
  const look = (next: string, caret: number) => {
    const found = askedIn(next, caret);
    if (found?.query !== asked?.query || found?.trigger !== asked?.trigger) setActive(0);
    setAsked((before) =>
      before && found && before.from === found.from && before.to === found.to && before.query === found.query
        ? before
        : found,
    );
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!open || event.nativeEvent.isComposing) return false;
    const chosen = suggestions[at];
    if (event.key === "ArrowDown") setActive((at + 1) % suggestions.length);
    else if (event.key === "ArrowUp") setActive((at - 1 + suggestions.length) % suggestions.length);
    else if (event.key === "Escape") close();
    else if (chosen && ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab")) pick(chosen);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return {
    list: open ? (
      <SuggestionList id={id} suggestions={suggestions} active={at} onPick={pick} onHover={setActive} />
    ) : undefined,
    wiring: {
      "aria-haspopup": "listbox",
      "aria-autocomplete": "list",
      "aria-controls": open ? id : undefined,
      "aria-activedescendant": open ? optionId(id, at) : undefined,
    },
    onKeyDown,
    look,
    close,
  };
}
