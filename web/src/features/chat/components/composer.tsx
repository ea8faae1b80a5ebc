/** Where a person writes: text, pictures, the model and the sources of the answer. */
import { ArrowUp, ImagePlus, ListPlus, Square } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, type ClipboardEvent, type ReactNode } from "react";
import { useKeysOf } from "@/lib/actions";
import { text } from "@/lib/i18n";
import { countRender } from "@/lib/renders";
import type { Model } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { showToast } from "@/ui/toast";
import { IMAGE_TYPES, MOST_IMAGES, readImage } from "@/lib/images";
import { useHasWords, type Draft } from "@/lib/use-draft";
import type { Choices } from "../use-suggestions";
import { useTemplate } from "../use-template";
import { ComposerEstimate } from "./composer-estimate";
import { ComposerField } from "./composer-field";
import { ComposerTools } from "./composer-tools";
import { ImageStrip } from "@/ui/image-strip";

const TemplateDialog = lazy(() => import("./template-dialog").then((module) => ({ default: module.TemplateDialog })));

export interface ComposerProps {
  draft: Draft;
  /** Whether the model can look at pictures. */
  sees: boolean;
  sending: boolean;
  /** Whether an answer is being written, which can be stopped. */
  answering: boolean;
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

/** A letter renders the field and nothing else here: see `ComposerField`. */
export function Composer(props: ComposerProps) {
  const { draft, sees, sending, answering, onSend, onStop, choices } = props;
  const { words, images, setImages } = draft;
  const written = useHasWords(draft);
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const stopKeys = useKeysOf("chat.stop");
  countRender("composer");
  // While an answer is written, words wait for its end; pictures are sent with the next message that is not waiting.
  const canSend = answering ? written && images.length === 0 : (written || images.length > 0) && !sending;
  const send = () => {
    if (canSend) onSend();
  };

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
    // Others may have been read meanwhile.
    if (good.length > 0) setImages((before) => [...before, ...good].slice(0, MOST_IMAGES));
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files].filter((file) => IMAGE_TYPES.includes(file.type));
    if (pasted.length === 0) return;
    event.preventDefault();
    void attach(pasted);
  };
  // A template's words come where its command stood: at the beginning, before what is there already.
  const template = useTemplate((given) => {
    words.set(given + words.get());
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(given.length, given.length);
    });
  });

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
          send();
        }}
      >
        {images.length > 0 ? (
          <ImageStrip
            images={images}
            onRemove={(index) => setImages(images.filter((_, at) => at !== index))}
            onDescribe={(index, alt) => {
              const image = images[index];
              if (image) setImages(images.with(index, { ...image, alt }));
            }}
          />
        ) : undefined}
        {images.length > 0 && !sees ? (
          <p className="composer-warning" role="status">
            {text.chat.modelCannotSee}
          </p>
        ) : undefined}
        <ComposerField
          ref={field}
          words={words}
          choices={choices}
          onTemplate={template.begin}
          onPaste={onPaste}
          onSend={send}
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
          <ComposerEstimate words={words} model={props.model} tokensBefore={props.tokensBefore} />
          <div className="composer-send">
            {answering ? (
              <IconButton
                icon={Square}
                label={text.chat.stop}
                tone="plain"
                shortcut={stopKeys}
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
