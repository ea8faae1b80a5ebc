/** Every version of a persona, and the way back to one. */
import { useQuery } from "@tanstack/react-query";
import { text } from "@/lib/i18n";
import { locale } from "@/lib/i18n/language";
import type { KeptPersona } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { historyQuery, useRollBack } from "../api";

export function HistoryDialog({
  id,
  version,
  onClose,
  onBack,
}: {
  id: string;
  version: number;
  onClose: () => void;
  onBack: (kept: KeptPersona) => void;
}) {
  const { data } = useQuery({ ...historyQuery(id), staleTime: 0 });
  const rollBack = useRollBack(id);
  const back = async (to: number) => {
    onBack(await rollBack.mutateAsync({ version: to, expected: version }));
    showToast({ text: text.personas.wentBack(to) });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.personas.history}
      description={text.personas.historyHint}
      closeLabel={text.common.close}
      side="end"
    >
      {data ? (
        <ol className="persona-history">
          {data.versions.map((one) => (
            <li key={one.version}>
              <span>
                <strong>{text.personas.version(one.version)}</strong> <bdi>{one.name}</bdi>
                <span className="field-hint">
                  {" "}
                  {new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(
                    new Date(one.created_at),
                  )}
                </span>
              </span>
              {one.version === version ? (
                <span className="field-hint">{text.personas.current}</span>
              ) : (
                <Button disabled={rollBack.isPending} onClick={() => void back(one.version)}>
                  {text.personas.goBack}
                </Button>
              )}
            </li>
          ))}
        </ol>
      ) : (
        <Skeleton lines={6} label={text.common.loading} />
      )}
    </Dialog>
  );
}
