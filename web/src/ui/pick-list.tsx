/** A list to pick from by typing: the field keeps the focus, the arrows move through what matches. */
import type { LucideIcon } from "lucide-react";
import { useId, useMemo, useState, type KeyboardEvent, type ReactNode } from "react";
import { classNames } from "./class-names";
import { Keys } from "./keys";

export interface PickItem {
  id: string;
  label: string;
  group: string;
  detail?: string | undefined;
  icon?: LucideIcon | undefined;
  keys?: string[] | undefined;
  /** More words to find it by. */
  keywords?: string | undefined;
  badges?: ReactNode;
  selected?: boolean;
}

export interface PickListProps {
  label: string;
  placeholder: string;
  emptyText: string;
  items: readonly PickItem[];
  onPick: (id: string) => void;
  /** Says what is typed, for lists that also ask the server. */
  onQuery?: (query: string) => void;
}

export function PickList({ label, placeholder, emptyText, items, onPick, onQuery }: PickListProps) {
  const listId = useId();
  const [query, setQuery] = useState("");
  const found = useMemo(() => matching(items, query), [items, query]);
  const [activeId, setActiveId] = useState<string | undefined>(() => items.find((item) => item.selected)?.id);
  const active = found.find((item) => item.id === activeId) ?? found[0];
  const groups = useMemo(() => [...Map.groupBy(found, (item) => item.group)], [found]);
  const optionId = (item: PickItem) => `${listId}-${found.indexOf(item)}`;

  const move = (item: PickItem | undefined) => {
    if (!item) return;
    setActiveId(item.id);
    document.getElementById(optionId(item))?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = active ? found.indexOf(active) : -1;
    if (event.key === "ArrowDown") move(found[(index + 1) % found.length]);
    else if (event.key === "ArrowUp") move(found.at(index - 1));
    else if (event.key === "Home" && query === "") move(found[0]);
    else if (event.key === "End" && query === "") move(found.at(-1));
    else if (event.key === "Enter" && active && !event.nativeEvent.isComposing) onPick(active.id);
    else return;
    event.preventDefault();
  };

  return (
    <div className="pick">
      <input
        className="input pick-input"
        role="combobox"
        aria-label={label}
        aria-expanded
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={active ? optionId(active) : undefined}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        autoFocus
        value={query}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setQuery(event.target.value);
          setActiveId(undefined);
          onQuery?.(event.target.value);
        }}
      />
      <div id={listId} role="listbox" aria-label={label} className="pick-list" tabIndex={-1}>
        {groups.map(([group, entries]) => (
          <div key={group} role="group" aria-label={group}>
            <div className="pick-group" aria-hidden>
              {group}
            </div>
            {entries.map((item) => (
              <Option
                key={item.id}
                id={optionId(item)}
                item={item}
                active={item === active}
                onPick={() => onPick(item.id)}
                onHover={() => setActiveId(item.id)}
              />
            ))}
          </div>
        ))}
      </div>
      <p className={found.length === 0 ? "pick-empty" : "visually-hidden"} role="status">
        {found.length === 0 ? emptyText : ""}
      </p>
    </div>
  );
}

function Option({
  id,
  item,
  active,
  onPick,
  onHover,
}: {
  id: string;
  item: PickItem;
  active: boolean;
  onPick: () => void;
  onHover: () => void;
}) {
  const { icon: Icon } = item;
  return (
    // The field above has the focus and the keys; the pointer is served here.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      id={id}
      role="option"
      aria-selected={active}
      aria-current={item.selected || undefined}
      className={classNames("pick-option", active && "pick-option-active")}
      onClick={onPick}
      onPointerMove={onHover}
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
      {item.badges}
      {item.keys ? <Keys keys={item.keys} /> : undefined}
    </div>
  );
}

/** Items that hold every word that was typed, those whose label begins with it first. */
export function matching(items: readonly PickItem[], query: string): PickItem[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...items];
  const hits = items.filter((item) => {
    const haystack = `${item.label} ${item.detail ?? ""} ${item.keywords ?? ""} ${item.group}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
  const first = words[0] ?? "";
  const rank = (item: PickItem) => (item.label.toLowerCase().startsWith(first) ? 0 : 1);
  return hits.toSorted((one, other) => rank(one) - rank(other));
}
