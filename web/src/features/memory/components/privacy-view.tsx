/** What is remembered at all, what may leave this machine, and everything taken along or erased. */
import { useQuery } from "@tanstack/react-query";
import { Download, Trash2 } from "lucide-react";
import { useState } from "react";
import { exportAddress, useErase } from "@/lib/api/memory";
import { settingsQuery, useChangeSettings } from "@/lib/api/settings";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Skeleton } from "@/ui/feedback";
import { Switch } from "@/ui/field";
import { showToast } from "@/ui/toast";

export function PrivacyView() {
  const { data: settings } = useQuery(settingsQuery);
  const change = useChangeSettings();
  const erase = useErase();
  const [asking, setAsking] = useState(false);
  if (!settings) return <Skeleton label={text.common.loading} />;
  const inFile = settings.local_only_in_file ?? false;
  return (
    <div className="form">
      <Switch
        label={text.memory.switchAll}
        hint={text.memory.switchAllHint}
        checked={settings.memory ?? true}
        onChange={(memory) => change.mutate({ memory })}
      />
      <Switch
        label={text.memory.byModel}
        hint={text.memory.byModelHint}
        checked={settings.memory_by_model ?? false}
        disabled={!(settings.memory ?? true)}
        onChange={(memory_by_model) => change.mutate({ memory_by_model })}
      />
      <Switch
        label={text.memory.localOnly}
        hint={inFile ? text.memory.localOnlyInFile : text.memory.localOnlyHint}
        checked={settings.local_only ?? false}
        disabled={inFile}
        onChange={(local_only) => change.mutate({ local_only })}
      />
      <div className="memory-everything">
        <a className="button" href={exportAddress} download="familiar-memory.json">
          <Download size={16} aria-hidden />
          {text.memory.export}
        </a>
        <Button tone="danger" icon={Trash2} onClick={() => setAsking(true)}>
          {text.memory.erase}
        </Button>
      </div>
      <p className="field-hint">{text.memory.exportHint}</p>
      <ConfirmDialog
        open={asking}
        title={text.memory.eraseTitle}
        description={text.memory.eraseHint}
        confirmLabel={text.memory.erase}
        cancelLabel={text.common.cancel}
        closeLabel={text.common.close}
        busy={erase.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          erase.mutate(undefined, {
            onSuccess: ({ facts }) => {
              setAsking(false);
              showToast({ text: text.memory.erased(facts) });
            },
          })
        }
      />
    </div>
  );
}
