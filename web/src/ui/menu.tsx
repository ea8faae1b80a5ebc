/** A menu of commands behind a button. */
import type { LucideIcon } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
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
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal {...place}>
        <DropdownMenu.Content
          className="menu"
          align={align}
          sideOffset={4}
          collisionPadding={8}
          {...(label ? { "aria-label": label } : {})}
        >
          {children}
          {items.map(({ id, label: itemLabel, icon: Icon, keys, danger, disabled, run }) => (
            <DropdownMenu.Item
              key={id}
              className={classNames("menu-item", danger && "menu-item-danger")}
              disabled={disabled ?? false}
              onSelect={run}
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
