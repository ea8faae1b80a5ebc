/** Buttons: with words, or an icon that carries its words as name and tooltip. */
import type { LucideIcon } from "lucide-react";
import type { ComponentPropsWithRef } from "react";
import { classNames } from "./class-names";
import { Tooltip } from "./tooltip";

export type ButtonTone = "plain" | "primary" | "quiet" | "danger";

export interface ButtonProps extends ComponentPropsWithRef<"button"> {
  tone?: ButtonTone;
  icon?: LucideIcon;
  busy?: boolean;
}

export function Button({
  tone = "plain",
  icon: Icon,
  busy = false,
  className,
  children,
  disabled,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      className={classNames("button", `button-${tone}`, className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {Icon ? <Icon size={16} aria-hidden /> : undefined}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentPropsWithRef<"button">, "aria-label"> {
  icon: LucideIcon;
  label: string;
  shortcut?: string[];
  tone?: ButtonTone;
  size?: "small" | "normal";
}

export function IconButton({
  icon: Icon,
  label,
  shortcut,
  tone = "quiet",
  size = "normal",
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip text={label} {...(shortcut ? { keys: shortcut } : {})}>
      <button
        type="button"
        aria-label={label}
        className={classNames(
          "button",
          "icon-button",
          `button-${tone}`,
          size === "small" && "icon-button-small",
          className,
        )}
        {...rest}
      >
        <Icon size={size === "small" ? 15 : 17} aria-hidden />
      </button>
    </Tooltip>
  );
}
