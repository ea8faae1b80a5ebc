/** The passage that the address names, beside the screen or, on a phone, over it. */
import { useNavigate, useRouterState, useSearch } from "@tanstack/react-router";
import { X } from "lucide-react";
import { lazy, Suspense, useEffect } from "react";
import { text } from "@/lib/i18n";
import { toPassage, withoutPassage } from "@/lib/passage";
import { IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Skeleton } from "@/ui/feedback";

const PassagePanel = lazy(() =>
  import("@/features/library/components/passage-panel").then((module) => ({ default: module.PassagePanel })),
);

export function PassageAside({ phone }: { phone: boolean }) {
  const { passage } = useSearch({ strict: false });
  const quote = useRouterState({ select: (state) => state.location.state.quote });
  const navigate = useNavigate();
  const close = () => void navigate(withoutPassage());

  useEffect(() => {
    if (!passage || phone) return undefined;
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector('[role="dialog"], [role="menu"]'))
        return;
      event.preventDefault();
      void navigate(withoutPassage());
    };
    // Before the page's own shortcuts: Escape closes what was opened last.
    window.addEventListener("keydown", pressed, { capture: true });
    return () => window.removeEventListener("keydown", pressed, { capture: true });
  }, [navigate, passage, phone]);

  if (!passage) return undefined;
  const panel = (
    <Suspense fallback={<Skeleton lines={8} label={text.common.loading} />}>
      <PassagePanel
        chunkId={passage}
        quote={quote}
        onMove={(chunkId) => void navigate({ ...toPassage(chunkId), replace: true })}
      />
    </Suspense>
  );
  if (phone) {
    return (
      <Dialog
        open
        onClose={close}
        title={text.library.passage}
        closeLabel={text.common.close}
        side="end"
        className="passage-dialog"
      >
        {panel}
      </Dialog>
    );
  }
  return (
    <aside className="passage-aside" aria-label={text.library.passage}>
      <header className="dialog-head">
        <h2 className="dialog-title">{text.library.passage}</h2>
        <IconButton icon={X} label={text.common.close} shortcut={["Esc"]} onClick={close} />
      </header>
      {panel}
    </aside>
  );
}
