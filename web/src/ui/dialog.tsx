/** Dialogs and drawers over the page: focus stays inside, Escape closes, focus goes back. */
import { X } from "lucide-react";
import { Dialog as RadixDialog } from "radix-ui";
import { useRef, useState, type ReactNode } from "react";
import { classNames } from "./class-names";
import { OverlayPlaceProvider } from "./overlay-place";

export interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  description?: string;
  closeLabel: string;
  /** Where it stands: in the middle, or at one edge. */
  side?: "center" | "start" | "end" | "top";
  /** Whether the title is only for assistive technology. */
  titleHidden?: boolean;
  className?: string;
  children: ReactNode;
}

export function Dialog({
  open,
  onClose,
  title,
  description,
  closeLabel,
  side = "center",
  titleHidden = false,
  className,
  children,
}: DialogProps) {
  const [content, setContent] = useState<HTMLElement | null>(null);
  // Radix gives the focus back to a trigger only, and dialogs here are opened by the address, rows and shortcuts.
  const opener = useRef<Element | null>(null);
  return (
    <RadixDialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="veil" />
        <RadixDialog.Content
          ref={setContent}
          className={classNames("dialog", `dialog-${side}`, className)}
          onOpenAutoFocus={() => {
            opener.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true });
          }}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className={titleHidden ? "visually-hidden" : "dialog-head"}>
            <RadixDialog.Title className="dialog-title">{title}</RadixDialog.Title>
            {titleHidden ? undefined : (
              <RadixDialog.Close className="button icon-button button-quiet" aria-label={closeLabel}>
                <X size={17} aria-hidden />
              </RadixDialog.Close>
            )}
          </header>
          {description ? (
            <RadixDialog.Description className="dialog-description">{description}</RadixDialog.Description>
          ) : undefined}
          <OverlayPlaceProvider value={content}>{children}</OverlayPlaceProvider>
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  );
}
