/** What is kept so that it need not be asked or made again. */
import { useQuery } from "@tanstack/react-query";
import { RefreshCw, Trash2 } from "lucide-react";
import { useState, type ReactNode } from "react";
import { meaningQuery } from "@/lib/api/meaning";
import { modelsQuery } from "@/lib/api/models";
import { cacheQuery, useAskForModels, useEmptyCache } from "@/lib/api/system";
import { describeError } from "@/lib/client";
import { formatBytes, formatCount, formatMoney, formatShare } from "@/lib/format";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Failure, Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";

export function CachesPanel() {
  const { data: cache, error, refetch } = useQuery(cacheQuery);
  const { data: meaning } = useQuery(meaningQuery);
  const { data: models } = useQuery(modelsQuery);
  const ask = useAskForModels();
  const [emptying, setEmptying] = useState(false);
  const words = text.advanced;
  return (
    <section className="settings-panel" aria-label={words.caches}>
      <h3>{words.caches}</h3>
      {error && !cache ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {cache || error ? undefined : <Skeleton label={text.common.loading} />}
      <ul className="job-list">
        {cache ? (
          <Entry
            name={words.replies}
            facts={[
              words.kept(formatCount(cache.entries), formatBytes(cache.bytes)),
              typeof cache.total.hit_percent === "number"
                ? words.answered(formatShare(cache.total.hit_percent / 100), formatMoney(cache.total.saved_usd))
                : words.notAsked,
            ]}
          >
            <Button icon={Trash2} onClick={() => setEmptying(true)}>
              {words.empty}
            </Button>
          </Entry>
        ) : undefined}
        {meaning ? (
          <Entry
            name={words.vectors}
            facts={[
              meaning.model
                ? words.embedded(formatCount(meaning.embedded), formatCount(meaning.documents))
                : words.wordsOnly,
            ]}
          />
        ) : undefined}
        {models ? (
          <Entry name={words.models} facts={[words.known(formatCount(models.models.length))]}>
            <Button icon={RefreshCw} busy={ask.isPending} onClick={() => ask.mutate()}>
              {words.askAnew}
            </Button>
          </Entry>
        ) : undefined}
      </ul>
      <Emptying open={emptying} onClose={() => setEmptying(false)} />
    </section>
  );
}

function Entry({ name, facts, children }: { name: string; facts: readonly string[]; children?: ReactNode }) {
  return (
    <li className="job-entry">
      <div className="job-head">
        <strong>{name}</strong>
        {children}
      </div>
      {facts.map((fact) => (
        <span key={fact} className="numeric">
          {fact}
        </span>
      ))}
    </li>
  );
}

function Emptying({ open, onClose }: { open: boolean; onClose: () => void }) {
  const empty = useEmptyCache();
  const done = () => {
    onClose();
    showToast({ text: text.advanced.emptied });
  };
  return (
    <ConfirmDialog
      open={open}
      title={text.advanced.emptyTitle}
      description={text.advanced.emptyHint}
      confirmLabel={text.advanced.empty}
      cancelLabel={text.common.cancel}
      closeLabel={text.common.close}
      busy={empty.isPending}
      onClose={onClose}
      onConfirm={() => empty.mutate(undefined, { onSuccess: done })}
    />
  );
}
