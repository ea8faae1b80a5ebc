/** Makes a virtual key and shows its secret this once. */
import { Copy } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { copyText } from "@/lib/platform";
import type { CreatedKey } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField, TextField } from "@/ui/field";
import { Failure, Notice } from "@/ui/feedback";
import { useCreateKey, type NewKey } from "../api";

const PERIODS = ["total", "hour", "day", "week", "month"] as const;

export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const create = useCreateKey();
  return (
    <Dialog
      open
      onClose={onClose}
      title={create.data ? text.settings.keyCreated(create.data.key.name) : text.settings.createKey}
      closeLabel={text.common.close}
    >
      {create.data ? <Secret created={create.data} onClose={onClose} /> : <KeyForm create={create} onClose={onClose} />}
    </Dialog>
  );
}

function KeyForm({ create, onClose }: { create: ReturnType<typeof useCreateKey>; onClose: () => void }) {
  const failure = create.error ? describeError(create.error) : undefined;
  const submit = (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const value = (name: string) => String(fields.get(name) ?? "").trim();
    const key: NewKey = { name: value("name") };
    if (value("budget")) {
      key.budget_usd = value("budget").replace(",", ".");
      key.per = value("per");
    }
    if (value("rpm")) key.rpm = Number(value("rpm"));
    const routes = value("routes")
      .split(/[\s,]+/)
      .filter(Boolean);
    if (routes.length > 0) key.routes = routes;
    if (value("expires")) key.expires_at = `${value("expires")}T23:59:59Z`;
    create.mutate(key);
  };
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        submit(event.currentTarget);
      }}
    >
      <TextField
        label={text.settings.keyName}
        hint={text.settings.keyNameHint}
        name="name"
        required
        maxLength={100}
        autoFocus
      />
      <div className="form-row">
        <TextField
          label={text.settings.budgetUsd}
          hint={text.settings.budgetHint}
          name="budget"
          inputMode="decimal"
          pattern="\d+([.,]\d{1,9})?"
          placeholder="5.00"
        />
        <SelectField
          label={text.settings.per}
          name="per"
          options={PERIODS.map((value) => ({ value, label: text.settings.periods[value] }))}
          defaultValue="month"
        />
      </div>
      <div className="form-row">
        <TextField
          label={text.settings.rpm}
          name="rpm"
          type="number"
          min={1}
          max={1_000_000}
          placeholder={text.settings.unlimited}
        />
        <TextField label={text.settings.expires} name="expires" type="date" />
      </div>
      <TextField label={text.settings.routes} hint={text.settings.routesHint} name="routes" />
      {failure ? <Failure failure={failure} /> : undefined}
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onClose}>
          {text.common.cancel}
        </Button>
        <Button tone="primary" type="submit" busy={create.isPending}>
          {text.settings.createKey}
        </Button>
      </div>
    </form>
  );
}

function Secret({ created, onClose }: { created: CreatedKey; onClose: () => void }) {
  const [copied, setCopied] = useState<boolean>();
  return (
    <div className="form">
      <Notice tone="warn" title={text.settings.secretOnce} hint={text.settings.secretOnceHint} />
      <div className="secret">
        <code data-testid="secret">{created.secret}</code>
        <Button icon={Copy} tone="primary" autoFocus onClick={() => void copyText(created.secret).then(setCopied)}>
          {copied ? text.common.copied : text.common.copy}
        </Button>
      </div>
      <p className="field-hint" role="status">
        {copied === false ? text.common.copyFailed : ""}
      </p>
      <div className="dialog-actions">
        <Button onClick={onClose}>{text.common.done}</Button>
      </div>
    </div>
  );
}
