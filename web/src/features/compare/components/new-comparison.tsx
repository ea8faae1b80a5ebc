/** The form of a new comparison: who is asked, what, and whether names are hidden. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowUp } from "lucide-react";
import { useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { ModelList, NewCompareColumn } from "@/lib/types";
import { useDraft, useHasWords } from "@/lib/use-draft";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure } from "@/ui/feedback";
import { Switch } from "@/ui/field";
import { useBegin } from "../api";
import { ColumnChips } from "./column-chips";
import { QuestionField } from "./question-field";

const LAST = "familiar.compare.columns";

export function NewComparison({ onClose }: { onClose: () => void }) {
  const { data: models } = useQuery(modelsQuery);
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.compare.createTitle}
      closeLabel={text.common.close}
      className="wide-dialog"
    >
      {models ? <Form first={firstColumns(models)} /> : undefined}
    </Dialog>
  );
}

/** Those of the last time, else the first two models. */
export function firstColumns(models: ModelList): NewCompareColumn[] {
  try {
    const kept = JSON.parse(localStorage.getItem(LAST) ?? "") as NewCompareColumn[];
    if (Array.isArray(kept) && kept.length > 0 && kept.every((column) => typeof column.model === "string")) return kept;
  } catch {
    // Nothing was kept, or nothing that can be read.
  }
  const chat = models.models.filter((model) => model.language_model && model.capabilities.includes("chat"));
  return chat.slice(0, 2).map((model) => ({ model: model.id }));
}

function Form({ first }: { first: NewCompareColumn[] }) {
  const [columns, setColumns] = useState(first);
  const [blind, setBlind] = useState(false);
  const draft = useDraft("compare.new");
  const begin = useBegin();
  const navigate = useNavigate();
  const asked = useHasWords(draft) || draft.images.length > 0;
  const can = columns.length >= 2 && asked && !begin.isPending;
  const send = () => {
    if (!can) return;
    try {
      localStorage.setItem(LAST, JSON.stringify(columns));
    } catch {
      // Without storage they are chosen anew the next time.
    }
    const { images } = draft;
    const words = draft.words.get().trim();
    const pictures = images.map(({ media_type, data }) => ({ media_type, data }));
    begin
      .mutateAsync(
        { columns, blind, question: { text: words, images: pictures } },
        {
          onSuccess: (detail) =>
            void navigate({ to: "/compare/$comparisonId", params: { comparisonId: detail.head.id } }),
        },
      )
      // What was asked is no draft any more, also where the window was closed meanwhile; what went wrong stands below.
      .then(
        () => draft.clear(words, images),
        () => undefined,
      );
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <ColumnChips columns={columns} onChange={setColumns} />
      <QuestionField draft={draft} placeholder={text.compare.questionPlaceholder} onSend={send}>
        {columns.length < 2 ? <span className="field-hint">{text.compare.tooFew}</span> : undefined}
        <Button tone="primary" type="submit" icon={ArrowUp} disabled={!can} busy={begin.isPending}>
          {text.compare.askAll}
        </Button>
      </QuestionField>
      <Switch label={text.compare.blind} hint={text.compare.blindHint} checked={blind} onChange={setBlind} />
      {begin.error ? <Failure failure={describeError(begin.error)} /> : undefined}
    </form>
  );
}
