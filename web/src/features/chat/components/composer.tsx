/** Where a person writes: text, pictures, the model and the sources of the answer. */
import { ArrowUp, ImagePlus, ListPlus, Square } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, type ReactNode } from "react";
import { useKeysOf } from "@/lib/actions";
import { text } from "@/lib/i18n";
import { countRender } from "@/lib/renders";
import type { Model } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { showToast } from "@/ui/toast";
import { IMAGE_TYPES } from "@/lib/images";
import { useHasWords, type Draft } from "@/lib/use-draft";
import { usePictures } from "@/lib/use-pictures";
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
  const { words, images } = draft;
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

  const cannotSee = () =>
    showToast({ tone: "danger", text: text.chat.modelCannotSee, hint: text.chat.modelCannotSeeHint });
  const pictures = usePictures(draft, {
    onProblem: (problem) => showToast({ tone: "danger", text: text.chat.imageProblem(problem) }),
    onUnseen: sees ? undefined : cannotSee,
  });
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
        onDrop={pictures.onDrop}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        {images.length > 0 ? (
          <ImageStrip images={images} onRemove={pictures.remove} onDescribe={pictures.describe} />
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
          onPaste={pictures.onPaste}
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
              onClick={() => (sees ? files.current?.click() : cannotSee())}
            />
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
