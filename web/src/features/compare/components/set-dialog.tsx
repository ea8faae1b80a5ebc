/** A prompt set being written: prompts, each with what its answers have to be like. */
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { PromptAssertion, PromptSet } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure } from "@/ui/feedback";
import { SelectField, TextAreaField, TextField } from "@/ui/field";
import { usePutSet } from "../api";
import { asAssertion, asDraft, KINDS, type AssertionDraft, type Kind } from "../assertions";

interface PromptDraft {
  text: string;
  assertions: AssertionDraft[];
}

const EMPTY: PromptDraft = { text: "", assertions: [] };

export function SetDialog({ set, onClose }: { set: PromptSet | undefined; onClose: () => void }) {
  const [title, setTitle] = useState(set?.title ?? "");
  const [prompts, setPrompts] = useState<PromptDraft[]>(
    () => set?.prompts.map((prompt) => ({ text: prompt.text, assertions: prompt.assertions.map(asDraft) })) ?? [EMPTY],
  );
  const put = usePutSet(set?.id);
  const change = (at: number, changed: PromptDraft) =>
    setPrompts(prompts.map((prompt, place) => (place === at ? changed : prompt)));
  const save = () => {
    const read = prompts.map((prompt) => ({
      text: prompt.text,
      assertions: prompt.assertions.map(asAssertion),
    }));
    if (read.some((prompt) => prompt.assertions.includes(undefined))) return;
    const whole = read.map((prompt) => ({
      text: prompt.text,
      assertions: prompt.assertions.filter((one): one is PromptAssertion => one !== undefined),
    }));
    put.mutate({ title, prompts: whole }, { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={set ? text.compare.editSet : text.compare.createSet}
      closeLabel={text.common.close}
      className="wide-dialog"
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <TextField label={text.compare.setTitle} value={title} onChange={(event) => setTitle(event.target.value)} />
        {prompts.map((prompt, at) => (
          // A prompt has no name but its place.
          <fieldset key={at} className="card compare-prompt">
            <legend className="visually-hidden">{text.compare.prompt(at + 1)}</legend>
            <div className="compare-prompt-line">
              <TextAreaField
                label={text.compare.prompt(at + 1)}
                rows={2}
                value={prompt.text}
                onChange={(event) => change(at, { ...prompt, text: event.target.value })}
              />
              {prompts.length > 1 ? (
                <IconButton
                  icon={X}
                  label={text.compare.removePrompt(at + 1)}
                  onClick={() => setPrompts(prompts.filter((_, place) => place !== at))}
                />
              ) : undefined}
            </div>
            {prompt.assertions.map((assertion, place) => (
              <AssertionLine
                key={place}
                number={at + 1}
                draft={assertion}
                onChange={(changed) =>
                  change(at, {
                    ...prompt,
                    assertions: prompt.assertions.map((one, index) => (index === place ? changed : one)),
                  })
                }
                onRemove={() =>
                  change(at, { ...prompt, assertions: prompt.assertions.filter((_, index) => index !== place) })
                }
              />
            ))}
            <div>
              <Button
                tone="quiet"
                icon={Plus}
                onClick={() =>
                  change(at, { ...prompt, assertions: [...prompt.assertions, { kind: "contains", value: "" }] })
                }
              >
                {text.compare.addAssertion(at + 1)}
              </Button>
            </div>
          </fieldset>
        ))}
        <div>
          <Button icon={Plus} onClick={() => setPrompts([...prompts, EMPTY])}>
            {text.compare.addPrompt}
          </Button>
        </div>
        {put.error ? <Failure failure={describeError(put.error)} /> : undefined}
        <div className="dialog-actions">
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button tone="primary" type="submit" busy={put.isPending}>
            {text.common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function AssertionLine({
  number,
  draft,
  onChange,
  onRemove,
}: {
  number: number;
  draft: AssertionDraft;
  onChange: (draft: AssertionDraft) => void;
  onRemove: () => void;
}) {
  const bad = draft.kind === "schema" && draft.value.trim() !== "" && asAssertion(draft) === undefined;
  return (
    <div className="compare-assertion">
      <SelectField
        label={text.compare.assertion}
        options={KINDS.map((value) => ({ value, label: text.compare.assertionName(value) }))}
        value={draft.kind}
        onChange={(event) => onChange({ ...draft, kind: event.target.value as Kind })}
      />
      {draft.kind === "schema" ? (
        <TextAreaField
          label={text.compare.assertionOf(number)}
          rows={3}
          value={draft.value}
          error={bad ? text.compare.notJson : undefined}
          onChange={(event) => onChange({ ...draft, value: event.target.value })}
        />
      ) : (
        <TextField
          label={text.compare.assertionOf(number)}
          type={draft.kind === "at_most_words" ? "number" : "text"}
          min={draft.kind === "at_most_words" ? 1 : undefined}
          value={draft.value}
          onChange={(event) => onChange({ ...draft, value: event.target.value })}
        />
      )}
      <IconButton icon={X} label={text.compare.removeAssertion(number)} onClick={onRemove} />
    </div>
  );
}
