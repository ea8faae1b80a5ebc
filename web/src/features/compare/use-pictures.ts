/** Pictures that go with a question: from files, pasted or dropped. */
import type { ClipboardEvent, DragEvent } from "react";
import { text } from "@/lib/i18n";
import { IMAGE_TYPES, MOST_IMAGES, readImage } from "@/lib/images";
import type { Draft } from "@/lib/use-draft";
import { showToast } from "@/ui/toast";

export function usePictures({ images: pictures, setImages: setPictures }: Draft) {
  const attach = async (given: readonly File[]) => {
    const read = await Promise.all(given.slice(0, MOST_IMAGES - pictures.length).map(readImage));
    for (const problem of new Set(read.filter((entry) => typeof entry === "string")))
      showToast({ tone: "danger", text: text.chat.imageProblem(problem) });
    const good = read.filter((entry) => typeof entry !== "string");
    if (good.length > 0) setPictures((before) => [...before, ...good].slice(0, MOST_IMAGES));
  };
  const taken = (event: { preventDefault: () => void }, files: File[]) => {
    const known = files.filter((file) => IMAGE_TYPES.includes(file.type));
    if (known.length === 0) return;
    event.preventDefault();
    void attach(known);
  };
  return {
    pictures,
    attach,
    remove: (index: number) => setPictures((before) => before.filter((_, at) => at !== index)),
    onPaste: (event: ClipboardEvent) => taken(event, [...event.clipboardData.files]),
    onDrop: (event: DragEvent) => taken(event, [...event.dataTransfer.files]),
  };
}
