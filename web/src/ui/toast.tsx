/** Short messages at the edge of the page, read out politely; one may carry an action such as undo. */
import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { createStore, useStore } from "@/lib/store";
import { classNames } from "./class-names";

export interface Toast {
  id: number;
  tone: "neutral" | "danger";
  text: string;
  hint?: string | undefined;
  action?: { label: string; run: () => void };
}

const toasts = createStore<readonly Toast[]>([]);
let lastId = 0;

const SHOWN_MS = 6_000;
const SHOWN_WITH_ACTION_MS = 10_000;

export function showToast(toast: Omit<Toast, "id" | "tone"> & { tone?: Toast["tone"] }): void {
  lastId += 1;
  const id = lastId;
  toasts.set((all) => [...all.slice(-3), { tone: "neutral", ...toast, id }]);
}

function dismiss(id: number): void {
  toasts.set((all) => all.filter((toast) => toast.id !== id));
}

export function Toasts({ label, closeLabel }: { label: string; closeLabel: string }) {
  const shown = useStore(toasts);
  return (
    <section className="toasts" aria-label={label} aria-live="polite" aria-relevant="additions">
      {shown.map((toast) => (
        <ToastCard key={toast.id} toast={toast} closeLabel={closeLabel} />
      ))}
    </section>
  );
}

function ToastCard({ toast, closeLabel }: { toast: Toast; closeLabel: string }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => dismiss(toast.id), toast.action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held, toast]);
  const hold = {
    onPointerEnter: () => setHeld(true),
    onPointerLeave: () => setHeld(false),
    onFocus: () => setHeld(true),
    onBlur: () => setHeld(false),
  };
  return (
    <div className={classNames("toast", toast.tone === "danger" && "toast-danger")} {...hold}>
      <div className="toast-text">
        <p>{toast.text}</p>
        {toast.hint ? <p className="toast-hint">{toast.hint}</p> : undefined}
      </div>
      {toast.action ? (
        <button
          type="button"
          className="button toast-action"
          onClick={() => {
            toast.action?.run();
            dismiss(toast.id);
          }}
        >
          {toast.action.label}
        </button>
      ) : undefined}
      <button
        type="button"
        className="button icon-button icon-button-small toast-close"
        aria-label={closeLabel}
        onClick={() => dismiss(toast.id)}
      >
        <X size={15} aria-hidden />
      </button>
    </div>
  );
}
