/** A conversation with the persona as it stands in the form; nothing of it is kept. */
import { ArrowUp, RotateCcw } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { ModelList, PreviewMessage } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { SelectField } from "@/ui/field";
import { Notice } from "@/ui/feedback";
import { usePreview } from "../api";
import { playersOf, type Draft } from "../model";

export function PreviewChat({
  draft,
  greeting,
  models,
}: {
  draft: Draft;
  greeting: string;
  models: ModelList | undefined;
}) {
  const [said, setSaid] = useState<PreviewMessage[]>([]);
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState<string>();
  const preview = usePreview();
  const model = chosen ?? draft.model ?? models?.default ?? "";
  const options = playersOf(models, model);
  const first: PreviewMessage[] = greeting ? [{ role: "assistant", text: greeting }] : [];

  const send = async () => {
    const messages = [...said, { role: "user", text: typed.trim() }];
    setSaid(messages);
    setTyped("");
    try {
      const { answer } = await preview.mutateAsync({ persona: draft, messages: [...first, ...messages], model });
      setSaid([...messages, { role: "assistant", text: answer ?? "" }]);
    } catch {
      setSaid(said);
      setTyped(typed);
    }
  };
  const failed = preview.error ? describeError(preview.error) : undefined;
  const name = draft.nickname?.trim() || draft.name.trim() || text.personas.unnamed;
  return (
    <section className="card persona-preview" aria-labelledby="persona-preview">
      <div className="persona-preview-head">
        <h2 id="persona-preview" className="persona-section">
          {text.personas.preview}
        </h2>
        <IconButton
          icon={RotateCcw}
          label={text.personas.previewClear}
          size="small"
          disabled={said.length === 0}
          onClick={() => setSaid([])}
        />
      </div>
      <p className="field-hint">{text.personas.previewHint}</p>
      <SelectField
        label={text.personas.previewModel}
        options={options}
        value={model}
        onChange={(event) => setChosen(event.target.value)}
      />
      {/* What scrolls has to be reached by the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="persona-said" role="log" aria-label={text.personas.preview} tabIndex={0}>
        {[...first, ...said].map((message, index) => (
          // Nothing is ever put between two messages.
          // oxlint-disable-next-line no-array-index-key
          <p key={index} className={`persona-said-${message.role}`}>
            <strong>{message.role === "user" ? text.personas.yourself : name}</strong> <bdi>{message.text}</bdi>
          </p>
        ))}
        {first.length + said.length === 0 ? <p className="field-hint">{text.personas.previewEmpty}</p> : undefined}
        {preview.isPending ? <p className="field-hint">{text.personas.answering}</p> : undefined}
      </div>
      {failed ? <Notice tone="danger" live title={failed.message} hint={failed.hint} /> : undefined}
      <form
        className="persona-say"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() !== "" && !preview.isPending) void send();
        }}
      >
        <input
          className="input"
          aria-label={text.personas.previewSay}
          placeholder={text.personas.previewSay}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <IconButton
          icon={ArrowUp}
          label={text.chat.send}
          tone="primary"
          type="submit"
          disabled={typed.trim() === "" || preview.isPending || model === ""}
        />
      </form>
    </section>
  );
}
