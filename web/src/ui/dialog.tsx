/** Dialogs and drawers over the page: focus stays inside, Escape closes, focus goes back. */
import { X } from "lucide-react";
import { Dialog as RadixDialog } from "radix-ui";
import { useState, type ReactNode } from "react";
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
  // Radix gives the focus back to a trigger only, and dialogs here are opened by the address, rows and shortcuts. Who had it is
  // asked before anything of the dialog is there: a field in it may take the focus as soon as it is.
  const [opener, setOpener] = useState(() => (open ? focused() : undefined));
  const [wasOpen, setWasOpen] = useState(open);
  if (wasOpen !== open) {
    setWasOpen(open);
    if (open) setOpener(focused());
  }
  return (
    <RadixDialog.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay className="veil" />
        <RadixDialog.Content
          ref={setContent}
          className={classNames("dialog", `dialog-${side}`, className)}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            // What this dialog has opened in its place keeps the focus: only who stands in what is open now gets it back.
            const others = [...document.querySelectorAll('[role="dialog"][data-state="open"]')];
            if (others.length === 0 || others.some((other) => other.contains(opener ?? null)))
              opener?.focus({ preventScroll: true });
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

/** What has the focus; of a command in a menu, which goes away with it, what opened the menu. */
function focused(): HTMLElement | undefined {
  const { activeElement: active } = document;
  const menu = active?.closest('[role="menu"]');
  const trigger = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : undefined;
  const found = trigger ?? active;
  return found instanceof HTMLElement ? found : undefined;
}
