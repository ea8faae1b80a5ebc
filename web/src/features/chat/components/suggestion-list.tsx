/** What can be picked, above the field that keeps the focus. */
import { text } from "@/lib/i18n";
import { classNames } from "@/ui/class-names";
import type { Suggestion } from "../use-suggestions";

export interface SuggestionListProps {
  id: string;
  suggestions: readonly Suggestion[];
  active: number;
  onPick: (suggestion: Suggestion) => void;
  onHover: (index: number) => void;
}

export const optionId = (id: string, index: number) => `${id}-${index}`;

export function SuggestionList({ id, suggestions, active, onPick, onHover }: SuggestionListProps) {
  return (
    <>
      <div id={id} role="listbox" aria-label={text.chat.suggestions} className="suggestions popover" tabIndex={-1}>
        {suggestions.map(({ item }, index) => {
          const { icon: Icon } = item;
          return (
            // The field has the focus and the keys; the pointer is served here.
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
            <div
              key={item.id}
              id={optionId(id, index)}
              role="option"
              aria-selected={index === active}
              className={classNames("pick-option", index === active && "pick-option-active")}
              // Before the field loses the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => {
                const suggestion = suggestions[index];
                if (suggestion) onPick(suggestion);
              }}
              onPointerMove={() => onHover(index)}
            >
              {Icon ? <Icon size={16} aria-hidden /> : undefined}
              <span className="pick-label">
                <span className="as-named" dir="auto">
                  {item.label}
                </span>
                {item.detail ? (
                  <span className="pick-detail as-named" dir="auto">
                    {item.detail}
                  </span>
                ) : undefined}
              </span>
              <span className="suggestion-group">{item.group}</span>
            </div>
          );
        })}
      </div>
      <p className="visually-hidden" role="status">
        {text.chat.suggestionCount(suggestions.length)}
      </p>
    </>
  );
}
