/** Every version of a template, what it has different, and the way back to it. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { locale } from "@/lib/i18n/language";
import type { KeptTemplate } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure, Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { historyQuery, useRollBackTemplate, versionQuery } from "../api";
import { compareLines } from "../lines";

export function VersionsDialog({
  kept,
  onClose,
  onBack,
}: {
  kept: KeptTemplate;
  onClose: () => void;
  onBack: (kept: KeptTemplate) => void;
}) {
  const { data, error, refetch } = useQuery(historyQuery(kept.id));
  const rollBack = useRollBackTemplate(kept.id);
  const [compared, setCompared] = useState<number>();
  const back = (version: number) =>
    rollBack.mutate(
      { version, expected: kept.version },
      {
        onSuccess: (next) => {
          onBack(next);
          showToast({ text: text.templates.wentBack(version) });
        },
      },
    );
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.templates.versions}
      description={text.templates.versionsHint}
      closeLabel={text.common.close}
      side="end"
    >
      {data ? (
        <ol className="template-versions">
          {data.map((one) => (
            <li key={one.version}>
              <div className="template-version">
                <span>
                  <strong>{text.templates.version(one.version)}</strong> <bdi>{one.title}</bdi>
                  <span className="field-hint">
                    {" "}
                    {new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(
                      new Date(one.created_at),
                    )}
                  </span>
                </span>
                {one.version === kept.version ? (
                  <span className="field-hint">{text.templates.current}</span>
                ) : (
                  <span className="template-version-actions">
                    <Button
                      tone="quiet"
                      aria-expanded={compared === one.version}
                      aria-label={text.templates.compareVersion(one.version)}
                      onClick={() => setCompared(compared === one.version ? undefined : one.version)}
                    >
                      {text.templates.compare}
                    </Button>
                    <Button
                      disabled={rollBack.isPending}
                      aria-label={text.templates.backTo(one.version)}
                      onClick={() => back(one.version)}
                    >
                      {text.templates.goBack}
                    </Button>
                  </span>
                )}
              </div>
              {compared === one.version ? <Difference kept={kept} version={one.version} /> : undefined}
            </li>
          ))}
        </ol>
      ) : error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : (
        <Skeleton lines={6} label={text.common.loading} />
      )}
    </Dialog>
  );
}

const SIGNS = { same: " ", added: "+", gone: "−" } as const;

/** What changed from that version to now. */
function Difference({ kept, version }: { kept: KeptTemplate; version: number }) {
  const { data, error, refetch } = useQuery(versionQuery(kept.id, version));
  if (error)
    return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton lines={3} label={text.common.loading} />;
  const facts = (["title", "command", "category", "description"] as const).filter(
    (name) => data[name] !== kept.template[name],
  );
  const names = {
    title: text.templates.name,
    command: text.templates.command,
    category: text.templates.category,
    description: text.templates.description,
  };
  return (
    <section className="template-difference" aria-label={text.templates.since(version)}>
      <h3>{text.templates.since(version)}</h3>
      {facts.map((name) => (
        <p key={name}>
          {names[name]}: <del dir="auto">{data[name]}</del> <ins dir="auto">{kept.template[name]}</ins>
        </p>
      ))}
      {/* It scrolls, which the keyboard has to be able to. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} dir="auto">
        {compareLines(data.text ?? "", kept.template.text ?? "").map((line, index) => (
          <span key={index} className={`line-${line.kind}`}>
            <span aria-hidden>{SIGNS[line.kind]} </span>
            {line.kind === "same" ? line.text : line.kind === "added" ? <ins>{line.text}</ins> : <del>{line.text}</del>}
            {"\n"}
          </span>
        ))}
      </pre>
    </section>
  );
}
