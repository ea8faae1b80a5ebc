/** Whether the next answer rests on the library, and on which documents of it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { BookOpenText } from "lucide-react";
import { useState } from "react";
import { documentsQuery } from "@/lib/api/documents";
import { text } from "@/lib/i18n";
import type { Grounding } from "@/lib/types";
import { classNames } from "@/ui/class-names";
import { Switch } from "@/ui/field";
import { Popover } from "@/ui/popover";

export interface GroundingPickerProps {
  value: Grounding;
  /** Whether the model looks things up in any case. */
  always: boolean;
  onChange: (value: Grounding) => void;
}

export function GroundingPicker({ value, always, onChange }: GroundingPickerProps) {
  const on = always || value.enabled;
  const chosen = value.document_ids.length;
  const label = !on ? text.chat.groundingOff : chosen > 0 ? text.chat.groundingIn(chosen) : text.chat.groundingAll;
  return (
    <Popover
      label={text.chat.grounding}
      side="top"
      className="grounding-popover"
      trigger={
        <button
          type="button"
          className={classNames("button", "button-quiet", on && "button-on")}
          aria-label={`${text.chat.grounding}: ${label}`}
        >
          <BookOpenText size={16} aria-hidden />
          <span className="composer-tool-label">{label}</span>
        </button>
      }
    >
      <GroundingChoice value={value} always={always} onChange={onChange} />
    </Popover>
  );
}

export function GroundingChoice({ value, always, onChange }: GroundingPickerProps) {
  const on = always || value.enabled;
  return (
    <>
      <Switch
        label={text.chat.groundingSwitch}
        hint={always ? text.chat.groundingAlways : text.chat.groundingHint}
        checked={on}
        disabled={always}
        onChange={(enabled) => onChange({ ...value, enabled })}
      />
      {on ? (
        <DocumentChoice chosen={value.document_ids} onChange={(document_ids) => onChange({ ...value, document_ids })} />
      ) : undefined}
    </>
  );
}

function DocumentChoice({ chosen, onChange }: { chosen: string[]; onChange: (ids: string[]) => void }) {
  const [query, setQuery] = useState("");
  const { data, isPending } = useInfiniteQuery(documentsQuery({ q: query || undefined, status: "ready" }));
  const documents = data?.pages.flatMap((page) => page.documents) ?? [];
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((entry) => entry !== id) : [...chosen, id]);
  return (
    <fieldset className="document-choice">
      <legend className="field-label">
        {chosen.length === 0 ? text.chat.wholeLibrary : text.chat.groundingIn(chosen.length)}
      </legend>
      <input
        className="input"
        type="search"
        aria-label={text.library.filter}
        placeholder={text.library.filter}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      <div className="document-choice-list">
        {documents.map((document) => (
          <label key={document.id} className="check-row">
            <input type="checkbox" checked={chosen.includes(document.id)} onChange={() => toggle(document.id)} />
            <span dir="auto">{document.title}</span>
          </label>
        ))}
        {documents.length === 0 && !isPending ? (
          <p className="field-hint">{query ? text.library.noneFound : text.library.emptyTitle}</p>
        ) : undefined}
      </div>
      {chosen.length > 0 ? (
        <button type="button" className="button button-quiet" onClick={() => onChange([])}>
          {text.chat.wholeLibrary}
        </button>
      ) : undefined}
    </fieldset>
  );
}
