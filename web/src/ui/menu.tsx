/** A menu of commands behind a button. */
import type { LucideIcon } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useRef, type ReactElement, type ReactNode } from "react";
import { classNames } from "./class-names";
import { Keys } from "./keys";
import { useOverlayPlace } from "./overlay-place";

export interface MenuItem {
  id: string;
  label: string;
  icon?: LucideIcon;
  keys?: string[];
  danger?: boolean;
  disabled?: boolean;
  run: () => void;
  /** Takes the focus when the menu is gone, which else gives it back to its button. */
  focus?: () => void;
}

export function Menu({
  trigger,
  items,
  label,
  align = "end",
  children,
}: {
  trigger: ReactElement;
  items: MenuItem[];
  label?: string;
  align?: "start" | "end";
  children?: ReactNode;
}) {
  const place = useOverlayPlace();
  const focusing = useRef<() => void>(undefined);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal {...place}>
        <DropdownMenu.Content
          className="menu"
          align={align}
          sideOffset={4}
          collisionPadding={8}
          onCloseAutoFocus={(event) => {
            const focus = focusing.current;
            focusing.current = undefined;
            if (!focus) return;
            event.preventDefault();
            focus();
          }}
          {...(label ? { "aria-label": label } : {})}
        >
          {children}
          {items.map(({ id, label: itemLabel, icon: Icon, keys, danger, disabled, run, focus }) => (
            <DropdownMenu.Item
              key={id}
              className={classNames("menu-item", danger && "menu-item-danger")}
              disabled={disabled ?? false}
              onSelect={() => {
                focusing.current = focus;
                run();
              }}
            >
              {Icon ? <Icon size={15} aria-hidden /> : undefined}
              <span className="menu-item-label">{itemLabel}</span>
              {keys ? <Keys keys={keys} /> : undefined}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
