/** Runs the action whose shortcut is pressed. */
import { useEffect } from "react";
import { allActions, isTyping, matches, worksWhileTyping } from "@/lib/actions";

export function useShortcuts(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const typing = isTyping(event.target);
      const action = allActions().find(
        (entry) => entry.shortcut && matches(entry.shortcut, event) && (!typing || worksWhileTyping(entry)),
      );
      if (!action) return;
      // What is open over the page has the keys, and Escape closes it first.
      const covered = document.querySelector('[role="dialog"], [role="menu"]') !== null;
      if (covered && action.id !== "view.palette") return;
      event.preventDefault();
      action.run();
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);
}
