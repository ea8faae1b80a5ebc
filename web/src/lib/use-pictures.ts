/** Pictures that go with what is written: from files, pasted or dropped. */
import type { ClipboardEvent, DragEvent } from "react";
import { IMAGE_TYPES, MOST_IMAGES, readImage, type ImageProblem } from "./images";
import type { Draft } from "./use-draft";

export interface PictureRules {
  /** Says why pictures were not taken; each reason once. */
  onProblem: (problem: ImageProblem) => void;
  /** Given where whoever is asked cannot look at pictures: says so, and none is taken. */
  onUnseen?: (() => void) | undefined;
}

const isPicture = (file: File) => IMAGE_TYPES.includes(file.type);

export function usePictures({ images, setImages }: Draft, { onProblem, onUnseen }: PictureRules) {
  const attach = async (given: readonly File[]) => {
    if (onUnseen) {
      onUnseen();
      return;
    }
    const read = await Promise.all(given.slice(0, MOST_IMAGES - images.length).map(readImage));
    for (const problem of new Set(read.filter((entry) => typeof entry === "string"))) onProblem(problem);
    const good = read.filter((entry) => typeof entry !== "string");
    // Others may have been read meanwhile.
    if (good.length > 0) setImages((before) => [...before, ...good].slice(0, MOST_IMAGES));
  };
  const take = (event: { preventDefault: () => void }, files: readonly File[]) => {
    if (files.length === 0) return;
    event.preventDefault();
    void attach(files);
  };
  return {
    attach,
    remove: (index: number) => setImages((before) => before.filter((_, at) => at !== index)),
    describe: (index: number, alt: string) =>
      setImages((before) => before.map((image, at) => (at === index ? { ...image, alt } : image))),
    onPaste: (event: ClipboardEvent) => take(event, [...event.clipboardData.files].filter(isPicture)),
    onDrop: (event: DragEvent) => {
      const dropped = [...event.dataTransfer.files];
      // Pictures go with what is written; what has anything else in it is for the library.
      if (dropped.every(isPicture)) take(event, dropped);
    },
  };
}
