/** What a template asks for and what becomes of it, as it stands in the editor. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { renderedQuery } from "@/lib/api/templates";
import { text } from "@/lib/i18n";
import { beginnings, ofTheMoment, type Values } from "@/lib/template-values";
import type { TemplateProblem } from "@/lib/types";
import { Notice } from "@/ui/feedback";
import { VariableFields } from "@/ui/variable-fields";

export function TemplatePreview({ text: words }: { text: string }) {
  /** What was put in here; the rest is what a form would begin with. */
  const [put, setPut] = useState<Values>({});
  const [now] = useState(() => ({ ...ofTheMoment(new Date()), CLIPBOARD: text.templates.clipboardHere }));
  const asked = useDeferredValue(words);
  const { data } = useQuery(renderedQuery(asked, { ...now, ...put }));
  const variables = data?.variables.filter((variable) => !variable.given) ?? [];
  const shown = { ...beginnings(variables), ...put };
  const refused = Object.fromEntries((data?.refused ?? []).map(({ name, why }) => [name, why]));
  return (
    <section className="template-preview card" aria-labelledby="template-preview">
      <h2 id="template-preview">{text.templates.preview}</h2>
      {data?.problems.map((problem) => (
        <At key={`${problem.line}:${problem.column}`} problem={problem} tone="danger" />
      ))}
      {data?.notes.map((note) => (
        <At key={`${note.line}:${note.column}`} problem={note} tone="neutral" />
      ))}
      {variables.length > 0 ? (
        <div className="template-variables">
          <VariableFields
            variables={variables}
            values={shown}
            refused={refused}
            nothing={text.templates.nothingChosen}
            onChange={(name, value) => setPut((before) => ({ ...before, [name]: value }))}
          />
        </div>
      ) : data && data.problems.length === 0 ? (
        <p className="field-hint">{text.templates.asksNothing}</p>
      ) : undefined}
      {typeof data?.text === "string" ? (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, which the keyboard has to be able to
        <pre role="region" className="template-rendered" dir="auto" tabIndex={0} aria-label={text.templates.becomes}>
          {data.text}
        </pre>
      ) : undefined}
    </section>
  );
}

function At({ problem, tone }: { problem: TemplateProblem; tone: "danger" | "neutral" }) {
  return (
    <Notice
      tone={tone}
      title={text.templates.at(problem.line, problem.column)}
      hint={problem.message}
      detail={problem.hint ?? undefined}
    />
  );
}
