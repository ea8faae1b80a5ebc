/** Where a question is written, with its pictures. */
import { ImagePlus } from "lucide-react";
import { useRef, type KeyboardEvent, type ReactNode } from "react";
import { text } from "@/lib/i18n";
import { IMAGE_TYPES } from "@/lib/images";
import { useStore } from "@/lib/store";
import type { Draft } from "@/lib/use-draft";
import { usePictures } from "@/lib/use-pictures";
import { IconButton } from "@/ui/button";
import { ImageStrip } from "@/ui/image-strip";
import { showToast } from "@/ui/toast";

export function QuestionField({
  draft,
  placeholder,
  onSend,
  children,
}: {
  draft: Draft;
  placeholder: string;
  onSend: () => void;
  /** What stands at the end of the bar. */
  children: ReactNode;
}) {
  const value = useStore(draft.words);
  const pictures = usePictures(draft, {
    onProblem: (problem) => showToast({ tone: "danger", text: text.chat.imageProblem(problem) }),
  });
  const files = useRef<HTMLInputElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    // On a touch keyboard Enter is the only way to begin a new line.
    if (!event.ctrlKey && !event.metaKey && matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    onSend();
  };
  return (
    // Dropping is one of three ways to add pictures; the button is the one for the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="question-field" onDrop={pictures.onDrop} onDragOver={(event) => event.preventDefault()}>
      {draft.images.length > 0 ? <ImageStrip images={draft.images} onRemove={pictures.remove} /> : undefined}
      <textarea
        aria-label={text.compare.question}
        placeholder={placeholder}
        rows={2}
        value={value}
        onChange={(event) => draft.words.set(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={pictures.onPaste}
      />
      <div className="question-bar">
        <IconButton icon={ImagePlus} label={text.chat.addImages} onClick={() => files.current?.click()} />
        <input
          ref={files}
          type="file"
          hidden
          multiple
          accept={IMAGE_TYPES.join(",")}
          aria-label={text.chat.addImages}
          onChange={(event) => {
            void pictures.attach([...(event.target.files ?? [])]);
            event.target.value = "";
          }}
        />
        <span className="question-end">{children}</span>
      </div>
    </div>
  );
}
