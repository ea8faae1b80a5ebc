/** Words that mean the same: one's own list, and the one that is shipped. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { SynonymLists } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure, Skeleton } from "@/ui/feedback";
import { TextAreaField } from "@/ui/field";
import { showToast } from "@/ui/toast";
import { synonymsQuery, useSaveSynonyms } from "../api";

export function SynonymsDialog({ onClose }: { onClose: () => void }) {
  const lists = useQuery(synonymsQuery);
  return (
    <Dialog open onClose={onClose} title={text.library.synonyms} closeLabel={text.common.close}>
      {lists.error ? <Failure failure={describeError(lists.error)} /> : undefined}
      {lists.isPending ? <Skeleton lines={5} label={text.common.loading} /> : undefined}
      {lists.data ? <Lists lists={lists.data} onClose={onClose} /> : undefined}
    </Dialog>
  );
}

function Lists({ lists, onClose }: { lists: SynonymLists; onClose: () => void }) {
  const [own, setOwn] = useState(lists.own);
  const save = useSaveSynonyms();
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(own, {
          onSuccess: () => {
            showToast({ text: text.library.synonymsSaved });
            onClose();
          },
        });
      }}
    >
      <TextAreaField
        label={text.library.synonymsOwn}
        hint={text.library.synonymsHint}
        rows={7}
        value={own}
        onChange={(event) => setOwn(event.target.value)}
      />
      <details>
        <summary>{text.library.synonymsShipped}</summary>
        <textarea
          className="input textarea synonyms-shipped"
          aria-label={text.library.synonymsShipped}
          rows={9}
          readOnly
          value={lists.shipped}
        />
      </details>
      {save.error ? <Failure failure={describeError(save.error)} /> : undefined}
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onClose}>
          {text.common.cancel}
        </Button>
        <Button tone="primary" type="submit" busy={save.isPending}>
          {text.common.save}
        </Button>
      </div>
    </form>
  );
}
