/** Where a person writes: text, pictures, the model and the sources of the answer. */
import { ArrowUp, ImagePlus, ListPlus, Square } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, type ClipboardEvent, type KeyboardEvent, type ReactNode } from "react";
import { text } from "@/lib/i18n";
import type { Image, Model } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { showToast } from "@/ui/toast";
import { IMAGE_TYPES, MOST_IMAGES, readImage } from "@/lib/images";
import { useEstimate } from "../use-estimate";
import type { Choices } from "../use-suggestions";
import { useTemplate } from "../use-template";
import { ComposerEstimate } from "./composer-estimate";
import { ComposerTools } from "./composer-tools";
import { ImageStrip } from "@/ui/image-strip";
import { useSuggesting } from "./suggesting";

const TemplateDialog = lazy(() => import("./template-dialog").then((module) => ({ default: module.TemplateDialog })));

export interface ComposerProps {
  value: string;
  images: Image[];
  /** Whether the model can look at pictures. */
  sees: boolean;
  sending: boolean;
  /** Whether an answer is being written, which can be stopped. */
  answering: boolean;
  onChange: (value: string) => void;
  onImages: (images: Image[]) => void;
  onSend: () => void;
  onStop: () => void;
  /** What can be picked by `@` and `#`; while it is not known, only commands can be. */
  choices: Choices | undefined;
  /** The model that would be asked, and the tokens of what was said before. */
  model: Model | undefined;
  tokensBefore: number;
  /** What stands beside the pickers. */
  more?: ReactNode;
}

export function Composer(props: ComposerProps) {
  const { value, images, sees, sending, answering, onChange, onImages, onSend, onStop, choices } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  // While an answer is written, words wait for its end; pictures are sent with the next message that is not waiting.
  const canSend = answering
    ? value.trim() !== "" && images.length === 0
    : (value.trim() !== "" || images.length > 0) && !sending;

  useEffect(() => {
    // A phone's keyboard should come when it is asked for.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);

  const attach = async (given: File[]) => {
    if (!sees) {
      showToast({ tone: "danger", text: text.chat.modelCannotSee, hint: text.chat.modelCannotSeeHint });
      return;
    }
    const read = await Promise.all(given.slice(0, MOST_IMAGES - images.length).map(readImage));
    const good = read.filter((entry) => typeof entry !== "string");
    for (const problem of new Set(read.filter((entry) => typeof entry === "string")))
      showToast({ tone: "danger", text: text.chat.imageProblem(problem) });
    if (good.length > 0) onImages([...images, ...good]);
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files].filter((file) => IMAGE_TYPES.includes(file.type));
    if (pasted.length === 0) return;
    event.preventDefault();
    void attach(pasted);
  };
  // A template's words come where its command stood: at the beginning, before what is there already.
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  const template = useTemplate((words) => {
    onChange(words + latest.current);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(words.length, words.length);
    });
  });
  const { begin } = template;
  const suggesting = useSuggesting(value, choices, {
    onChange: (next, caret) => {
      onChange(next);
      requestAnimationFrame(() => field.current?.setSelectionRange(caret, caret));
    },
    onTemplate: begin,
  });
  const estimate = useEstimate(value, props.model, props.tokensBefore);
  const onKeyDown = (event: KeyboardEvent) => {
    if (suggesting.onKeyDown(event)) return;
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    // On a touch keyboard Enter is the only way to begin a new line.
    if (!event.ctrlKey && !event.metaKey && matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    if (canSend) onSend();
  };

  return (
    <>
      {template.filling ? (
        <Suspense>
          <TemplateDialog
            key={template.filling.kept.id}
            filling={template.filling}
            fill={template.fill}
            close={template.close}
          />
        </Suspense>
      ) : undefined}
      {/* Dropping is one of three ways to add pictures; the button is the one for the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <form
        className="composer"
        aria-label={text.chat.composer}
        onDrop={(event) => {
          const dropped = [...event.dataTransfer.files];
          // Pictures dropped here go with the message; anything else is for the library.
          if (dropped.length === 0 || !dropped.every((file) => IMAGE_TYPES.includes(file.type))) return;
          event.preventDefault();
          void attach(dropped);
        }}
        onSubmit={(event) => {
          event.preventDefault();
          if (canSend) onSend();
        }}
      >
        {images.length > 0 ? (
          <ImageStrip images={images} onRemove={(index) => onImages(images.filter((_, at) => at !== index))} />
        ) : undefined}
        {images.length > 0 && !sees ? (
          <p className="composer-warning" role="status">
            {text.chat.modelCannotSee}
          </p>
        ) : undefined}
        {suggesting.list}
        <textarea
          ref={field}
          className="composer-field"
          aria-label={text.chat.message}
          placeholder={text.chat.placeholder}
          rows={1}
          value={value}
          {...suggesting.wiring}
          onChange={(event) => {
            onChange(event.target.value);
            suggesting.look(event.target.value, event.target.selectionStart);
          }}
          onSelect={(event) => suggesting.look(event.currentTarget.value, event.currentTarget.selectionStart)}
          onBlur={suggesting.close}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
        <div className="composer-bar">
          <div className="composer-tools">
            {choices ? <ComposerTools {...choices} /> : undefined}
            {props.more}
            <IconButton
              icon={ImagePlus}
              label={sees ? text.chat.addImages : text.chat.modelCannotSee}
              aria-disabled={!sees}
              onClick={() =>
                sees
                  ? files.current?.click()
                  : showToast({ text: text.chat.modelCannotSee, hint: text.chat.modelCannotSeeHint })
              }
            />
            <input
              ref={files}
              type="file"
              hidden
              multiple
              accept={IMAGE_TYPES.join(",")}
              aria-label={text.chat.addImages}
              onChange={(event) => {
                void attach([...(event.target.files ?? [])]);
                event.target.value = "";
              }}
            />
          </div>
          <ComposerEstimate estimate={estimate} />
          <div className="composer-send">
            {answering ? (
              <IconButton
                icon={Square}
                label={text.chat.stop}
                tone="plain"
                shortcut={["Esc"]}
                onClick={onStop}
                className="send-button"
              />
            ) : undefined}
            {answering && !canSend ? undefined : (
              <IconButton
                icon={answering ? ListPlus : ArrowUp}
                label={answering ? text.chat.queueUp : text.chat.send}
                tone="primary"
                type="submit"
                disabled={!canSend}
                className="send-button"
              />
            )}
          </div>
        </div>
      </form>
    </>
  );
}
