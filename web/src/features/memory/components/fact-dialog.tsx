/** A fact put right, and what was known before. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { factQuery, useEditFact } from "@/lib/api/memory";
import { describeError } from "@/lib/client";
import { formatFull } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Fact } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure, Skeleton } from "@/ui/feedback";
import { TextAreaField, TextField } from "@/ui/field";
import { day } from "./fact-row";

export function FactDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error } = useQuery(factQuery(id));
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.memory.editTitle}
      description={text.memory.editHint}
      closeLabel={text.common.close}
    >
      {error ? <Failure failure={describeError(error)} /> : undefined}
      {data ? undefined : <Skeleton label={text.common.loading} />}
      {data ? <FactForm fact={data.fact} onDone={onClose} /> : undefined}
      {data && data.history.length > 1 ? (
        <section aria-label={text.memory.history}>
          <h3 className="memory-heading">{text.memory.history}</h3>
          <ol className="fact-history">
            {data.history.map((one) => (
              <li key={one.id}>
                <bdi>{one.text}</bdi> <span className="fact-facts numeric">{formatFull(one.recorded_at)}</span>
              </li>
            ))}
          </ol>
        </section>
      ) : undefined}
    </Dialog>
  );
}

function FactForm({ fact, onDone }: { fact: Fact; onDone: () => void }) {
  const edit = useEditFact();
  const [words, setWords] = useState(fact.text);
  const [from, setFrom] = useState(fact.true_from ? day(fact.true_from) : "");
  const [until, setUntil] = useState(fact.true_until ? day(fact.true_until) : "");
  const over = fact.standing === "superseded";
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        const change = { text: words, true_from: from, true_until: until };
        edit.mutate({ id: fact.id, edit: change }, { onSuccess: onDone });
      }}
    >
      <TextAreaField
        label={text.memory.text}
        rows={3}
        value={words}
        disabled={over}
        onChange={(event) => setWords(event.target.value)}
      />
      <div className="memory-filter">
        <TextField
          label={text.memory.trueFrom}
          type="date"
          value={from}
          disabled={over}
          onChange={(event) => setFrom(event.target.value)}
        />
        <TextField
          label={text.memory.trueUntil}
          type="date"
          value={until}
          disabled={over}
          onChange={(event) => setUntil(event.target.value)}
        />
      </div>
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onDone}>
          {over ? text.common.close : text.common.cancel}
        </Button>
        {over ? undefined : (
          <Button type="submit" tone="primary" busy={edit.isPending} disabled={words.trim() === ""}>
            {text.common.save}
          </Button>
        )}
      </div>
    </form>
  );
}
