/** Files dropped anywhere on the page go to the library. */
import { LibraryBig } from "lucide-react";
import { useEffect, useState } from "react";
import { text } from "@/lib/i18n";
import { describeError } from "@/lib/client";
import { showToast } from "@/ui/toast";
import { droppedFiles } from "../dropped-files";
import { useAddFiles } from "../use-add-files";

export function DropZone() {
  const [over, setOver] = useState(false);
  const add = useAddFiles();
  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const onOver = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      // Without a related target the pointer has left the window.
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!event.dataTransfer || !carriesFiles(event) || event.defaultPrevented) return;
      event.preventDefault();
      droppedFiles(event.dataTransfer).then(add, (error: unknown) =>
        showToast({ tone: "danger", text: describeError(error).message }),
      );
    };
    window.addEventListener("dragover", onOver);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("drop", onDrop);
    };
  }, [add]);
  if (!over) return undefined;
  return (
    <div className="drop-veil" aria-hidden>
      <div className="drop-card">
        <LibraryBig size={34} strokeWidth={1.5} />
        <p className="drop-title">{text.library.dropTitle}</p>
        <p>{text.library.dropHint}</p>
      </div>
    </div>
  );
}
