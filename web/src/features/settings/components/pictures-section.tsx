/** For how long pictures of messages and comparisons are kept. */
import { useQuery } from "@tanstack/react-query";
import { settingsQuery, useChangeSettings } from "@/lib/api/settings";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { SelectField } from "@/ui/field";
import { Failure, Skeleton } from "@/ui/feedback";

/** 0 keeps them for ever. */
const DAYS = [0, 7, 30, 90, 365];
const USUAL = 30;

export function PicturesSection() {
  const { data: settings, error, refetch } = useQuery(settingsQuery);
  const change = useChangeSettings();
  const days = settings?.attachment_days ?? USUAL;
  const inFile = settings?.attachment_days_in_file ?? false;
  const choices = [...new Set([...DAYS, days])].toSorted((one, other) => one - other);
  return (
    <section className="form" aria-label={text.settings.pictures}>
      <h3>{text.settings.pictures}</h3>
      {settings ? (
        <SelectField
          label={text.settings.pictures}
          hint={inFile ? `${text.settings.picturesFixed} ${text.settings.picturesHint}` : text.settings.picturesHint}
          options={choices.map((value) => ({ value: String(value), label: text.settings.picturesKept(value) }))}
          value={String(days)}
          disabled={inFile}
          onChange={(event) => change.mutate({ attachment_days: Number(event.target.value) })}
        />
      ) : error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : (
        <Skeleton label={text.common.loading} />
      )}
    </section>
  );
}
