/** The field of the composer, and what it offers while one writes; the one part that renders with every letter. */
import type { ClipboardEvent, KeyboardEvent, RefObject } from "react";
import { text } from "@/lib/i18n";
import { countRender } from "@/lib/renders";
import { useStore } from "@/lib/store";
import type { Draft } from "@/lib/use-draft";
import type { Choices } from "../use-suggestions";
import { useSuggesting } from "./suggesting";

export interface ComposerFieldProps {
  ref: RefObject<HTMLTextAreaElement | null>;
  words: Draft["words"];
  /** What can be picked by `@` and `#`; while it is not known, only commands can be. */
  choices: Choices | undefined;
  onTemplate: (id: string) => void;
  onPaste: (event: ClipboardEvent) => void;
  onSend: () => void;
}

export function ComposerField({ ref, words, choices, onTemplate, onPaste, onSend }: ComposerFieldProps) {
  const value = useStore(words);
  countRender("composer-field");
  const suggesting = useSuggesting(value, choices, {
    onChange: (next, caret) => {
      words.set(next);
      requestAnimationFrame(() => ref.current?.setSelectionRange(caret, caret));
    },
    onTemplate,
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (suggesting.onKeyDown(event)) return;
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    // On a touch keyboard Enter is the only way to begin a new line.
    if (!event.ctrlKey && !event.metaKey && matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    onSend();
  };
  return (
    <>
      {suggesting.list}
      <textarea
        ref={ref}
        className="composer-field"
        aria-label={text.chat.message}
        placeholder={text.chat.placeholder}
        rows={1}
        value={value}
        {...suggesting.wiring}
        onChange={(event) => {
          words.set(event.target.value);
          suggesting.look(event.target.value, event.target.selectionStart);
        }}
        onSelect={(event) => suggesting.look(event.currentTarget.value, event.currentTarget.selectionStart)}
        onBlur={suggesting.close}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
    </>
  );
}
