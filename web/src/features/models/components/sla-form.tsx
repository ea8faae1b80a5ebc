/** What is expected of a provider, edited in place. */
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Sla } from "@/lib/types";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Failure } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { usePutSla } from "../api";

export function SlaForm({ provider, sla, onClose }: { provider: string; sla: Sla | undefined; onClose: () => void }) {
  const put = usePutSla();
  const save = (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const number = (name: string) => {
      const value = String(fields.get(name) ?? "").trim();
      return value === "" ? null : Number(value);
    };
    put.mutate(
      { provider, target: { uptime_percent: number("uptime"), p95_ms: number("p95") } },
      {
        onSuccess: () => {
          showToast({ text: text.models.slaSaved });
          onClose();
        },
      },
    );
  };
  return (
    <form
      className="inline-form"
      aria-label={text.models.slaEdit(provider)}
      onSubmit={(event) => {
        event.preventDefault();
        save(event.currentTarget);
      }}
    >
      <TextField
        label={text.models.slaUptimeField}
        name="uptime"
        type="number"
        min={0.01}
        max={100}
        step="any"
        autoFocus
        defaultValue={sla?.uptime_percent ?? ""}
        placeholder="99.5"
      />
      <TextField
        label={text.models.slaP95Field}
        name="p95"
        type="number"
        min={1}
        max={3_600_000}
        defaultValue={sla?.p95_ms ?? ""}
        placeholder="5000"
      />
      <div className="inline-form-actions">
        <Button tone="primary" type="submit" busy={put.isPending}>
          {text.common.save}
        </Button>
        <Button tone="quiet" onClick={onClose}>
          {text.common.cancel}
        </Button>
      </div>
      <p className="field-hint">{text.models.slaHint}</p>
      {put.error ? <Failure failure={describeError(put.error)} /> : undefined}
    </form>
  );
}
