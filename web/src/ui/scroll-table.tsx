/** A table that may be wider than the screen: it scrolls by itself, also with the keyboard. */
import type { ReactNode } from "react";
import { classNames } from "./class-names";

export function ScrollTable({
  label,
  className,
  children,
}: {
  label: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <div className={classNames("table-scroll", className)} tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}
