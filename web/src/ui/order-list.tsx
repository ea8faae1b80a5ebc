/** A list in groups whose order a person makes: by dragging, with the arrow keys on the handle, or with buttons. */
import { ArrowDown, ArrowUp, GripVertical } from "lucide-react";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { IconButton } from "./button";
import { classNames } from "./class-names";
import { place, step, type Grouped } from "./order";

/** The three ways to move an item. */
type Control = "handle" | "up" | "down";

export interface OrderGroup {
  id: string;
  label: string;
  hint?: string;
}

export interface OrderListProps<T extends Grouped> {
  label: string;
  groups: readonly OrderGroup[];
  items: readonly T[];
  onChange: (items: T[]) => void;
  render: (item: T) => ReactNode;
  words: {
    move: (name: string) => string;
    up: (name: string) => string;
    down: (name: string) => string;
    /** Said after a move. */
    moved: (name: string, group: string, position: number) => string;
    empty: string;
  };
}

export function OrderList<T extends Grouped>({ label, groups, items, onChange, render, words }: OrderListProps<T>) {
  const [dragged, setDragged] = useState<string>();
  const [said, setSaid] = useState("");
  const list = useRef<HTMLDivElement>(null);
  // What has the focus after a move: an item that goes to another group comes to be anew there.
  const refocus = useRef<{ id: string; control: Control }>(undefined);
  const ids = groups.map((group) => group.id);

  const change = (next: T[], id: string) => {
    const moved = next.find((item) => item.id === id);
    if (!moved) return;
    onChange(next);
    const group = groups.find((entry) => entry.id === moved.group);
    const position = next.filter((item) => item.group === moved.group).indexOf(moved) + 1;
    setSaid(words.moved(id, group?.label ?? "", position));
  };
  const shift = (id: string, by: -1 | 1, control: Control) => {
    refocus.current = { id, control };
    change(step(items, id, by, ids), id);
  };
  const onKeyDown = (event: KeyboardEvent, id: string) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    shift(id, by as -1 | 1, "handle");
  };
  const dragTo = (id: string, y: number) => {
    const target = list.current ? underPointer(list.current, y, id) : undefined;
    if (!target) return;
    const next = place(items, id, target.group, target.index, ids);
    if (next.some((item, at) => item.id !== items[at]?.id || item.group !== items[at].group)) change(next, id);
  };
  const drag = useRef(dragTo);
  useEffect(() => {
    drag.current = dragTo;
    const wanted = refocus.current;
    refocus.current = undefined;
    if (!wanted) return;
    const item = list.current?.querySelector(`[data-order-item="${CSS.escape(wanted.id)}"]`);
    const control = item?.querySelector<HTMLButtonElement>(`[data-order-control="${wanted.control}"]`);
    // A button that has come to its end cannot keep the focus; the handle can.
    if (control && !control.disabled) control.focus();
    else item?.querySelector<HTMLElement>('[data-order-control="handle"]')?.focus();
  });
  // The window hears the pointer, since the handle that it began on may be gone in the middle.
  useEffect(() => {
    if (dragged === undefined) return undefined;
    const moved = (event: PointerEvent) => drag.current(dragged, event.clientY);
    const ended = () => setDragged(undefined);
    window.addEventListener("pointermove", moved);
    window.addEventListener("pointerup", ended);
    window.addEventListener("pointercancel", ended);
    return () => {
      window.removeEventListener("pointermove", moved);
      window.removeEventListener("pointerup", ended);
      window.removeEventListener("pointercancel", ended);
    };
  }, [dragged]);

  return (
    <div className="order" ref={list} role="group" aria-label={label}>
      {groups.map((group) => {
        const members = items.filter((item) => item.group === group.id);
        return (
          <div key={group.id} className="order-group" data-order-group={group.id}>
            <p className="order-title">
              <span>{group.label}</span>
              {group.hint ? <span className="field-hint">{group.hint}</span> : undefined}
            </p>
            {members.length === 0 ? <p className="order-empty">{words.empty}</p> : undefined}
            <ul>
              {members.map((item) => (
                <li
                  key={item.id}
                  className={classNames("order-item", item.id === dragged && "order-item-dragged")}
                  data-order-item={item.id}
                >
                  <button
                    type="button"
                    className="button icon-button icon-button-small button-quiet order-handle"
                    aria-label={words.move(item.id)}
                    onKeyDown={(event) => onKeyDown(event, item.id)}
                    data-order-control="handle"
                    onPointerDown={(event) => {
                      // A touch would otherwise stay with the handle, which may be gone in the middle.
                      if (event.currentTarget.hasPointerCapture(event.pointerId))
                        event.currentTarget.releasePointerCapture(event.pointerId);
                      setDragged(item.id);
                    }}
                  >
                    <GripVertical size={15} aria-hidden />
                  </button>
                  {render(item)}
                  <span className="order-buttons">
                    <IconButton
                      icon={ArrowUp}
                      size="small"
                      label={words.up(item.id)}
                      disabled={items[0]?.id === item.id && item.group === ids[0]}
                      data-order-control="up"
                      onClick={() => shift(item.id, -1, "up")}
                    />
                    <IconButton
                      icon={ArrowDown}
                      size="small"
                      label={words.down(item.id)}
                      disabled={items.at(-1)?.id === item.id && item.group === ids.at(-1)}
                      data-order-control="down"
                      onClick={() => shift(item.id, 1, "down")}
                    />
                  </span>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
      <p className="visually-hidden" role="status">
        {said}
      </p>
    </div>
  );
}

/** The place in the list at this height of the screen; nothing outside the list. */
function underPointer(list: HTMLElement, y: number, dragged: string): { group: string; index: number } | undefined {
  const groups = [...list.querySelectorAll<HTMLElement>("[data-order-group]")];
  const group = groups.find((element) => {
    const box = element.getBoundingClientRect();
    return y >= box.top && y <= box.bottom;
  });
  if (!group) return undefined;
  const others = [...group.querySelectorAll<HTMLElement>("[data-order-item]")].filter(
    (element) => element.dataset["orderItem"] !== dragged,
  );
  const index = others.filter((element) => {
    const box = element.getBoundingClientRect();
    return y > box.top + box.height / 2;
  }).length;
  return { group: group.dataset["orderGroup"] ?? "", index };
}
