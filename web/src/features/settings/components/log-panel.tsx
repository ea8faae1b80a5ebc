/** The last of what the program logged: narrowed down, copied, and made to say more or less. */
import { useQuery } from "@tanstack/react-query";
import { Copy } from "lucide-react";
import { useDeferredValue, useState } from "react";
import { LEVELS, logsQuery, useChangeLogLevel, type Level } from "@/lib/api/system";
import { describeError } from "@/lib/client";
import { formatCount } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { LogLine, LogLines } from "@/lib/types";
import { Button } from "@/ui/button";
import { copyWithToast } from "@/ui/copy";
import { SelectField, TextField } from "@/ui/field";
import { Badge, Failure, Skeleton, type Tone } from "@/ui/feedback";
import { lineText } from "../report";

const PAGE = 100;
const TONES: Record<string, Tone> = { error: "danger", warn: "warn" };

export function LogPanel({ search }: { search: string }) {
  const [level, setLevel] = useState<Level>("trace");
  const [words, setWords] = useState(search);
  const [limit, setLimit] = useState(PAGE);
  const q = useDeferredValue(words);
  const { data, error, refetch } = useQuery(logsQuery({ level, q, limit }));
  return (
    <section className="settings-panel" aria-label={text.advanced.log}>
      <h3>{text.advanced.log}</h3>
      <p className="field-hint">{text.advanced.logHint}</p>
      <div className="log-filters">
        <TextField
          label={text.advanced.search}
          type="search"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <SelectField
          label={text.advanced.shown}
          options={LEVELS.map((value) => ({ value, label: text.advanced.levels[value] }))}
          value={level}
          onChange={(event) => setLevel(event.target.value as Level)}
        />
        {data?.level ? <LogLevelField level={data.level} /> : undefined}
      </div>
      {error && !data ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {data || error ? undefined : <Skeleton label={text.common.loading} />}
      {data ? <Lines data={data} narrowed={q !== "" || level !== "trace"} /> : undefined}
      {data && data.lines.length > 0 ? (
        <div className="share-buttons">
          <Button icon={Copy} onClick={() => void copyWithToast(data.lines.map(lineText).join("\n"))}>
            {text.advanced.copyLines}
          </Button>
          {data.next ? (
            <Button onClick={() => setLimit((before) => before + PAGE)}>{text.common.more}</Button>
          ) : undefined}
        </div>
      ) : undefined}
    </section>
  );
}

/** How much is logged from now on. */
function LogLevelField({ level }: { level: string }) {
  const change = useChangeLogLevel();
  const plain = LEVELS.some((known) => known === level);
  const options: { value: string; label: string }[] = LEVELS.map((value) => ({
    value,
    label: text.advanced.levels[value],
  }));
  return (
    <SelectField
      label={text.advanced.logged}
      hint={text.advanced.loggedHint}
      options={plain ? options : [{ value: level, label: level }, ...options]}
      value={change.isPending ? change.variables : level}
      onChange={(event) => change.mutate(event.target.value)}
    />
  );
}

function Lines({ data, narrowed }: { data: LogLines; narrowed: boolean }) {
  if (data.lines.length === 0) return <p>{narrowed ? text.advanced.noneFound : text.advanced.nothingLogged}</p>;
  return (
    <>
      <div className="log-lines" tabIndex={0} role="region" aria-label={text.advanced.lines} dir="ltr">
        <ol reversed>
          {data.lines.map((line) => (
            <Line key={line.number} line={line} />
          ))}
        </ol>
      </div>
      <p className="field-hint numeric">{text.advanced.keptLines(formatCount(data.kept), formatCount(data.most))}</p>
    </>
  );
}

function Line({ line }: { line: LogLine }) {
  return (
    <li className="log-line">
      <time dateTime={line.at}>{line.at}</time>
      <Badge tone={TONES[line.level] ?? "neutral"}>{line.level}</Badge>
      <span className="log-part">{line.part}</span>
      <span className="log-message">
        {[line.message, ...line.fields.map(({ name, value }) => `${name}=${value}`)].filter(Boolean).join(" ")}
      </span>
    </li>
  );
}
