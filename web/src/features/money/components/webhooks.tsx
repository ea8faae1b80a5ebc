/** Programs that are told by signed messages: made, tried, switched off and deleted. */
import { Copy, Plus, Send, Trash2 } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { AlertWebhook, CreatedWebhook } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { copyWithToast } from "@/ui/copy";
import { Failure, Notice } from "@/ui/feedback";
import { SelectField, Switch, TextField } from "@/ui/field";
import { PanelSection } from "@/ui/panel-section";
import { useCreateWebhook, useDeleteWebhook, useTestWebhook, useUpdateWebhook } from "../api";

const SEVERITIES = ["info", "warning", "critical"] as const;

export function Webhooks({ webhooks }: { webhooks: readonly AlertWebhook[] }) {
  const [adding, setAdding] = useState(false);
  const [created, setCreated] = useState<CreatedWebhook>();
  return (
    <PanelSection title={text.money.webhooks}>
      <p className="field-hint">{webhooks.length > 0 ? text.money.webhooksHint : text.money.noWebhooks}</p>
      <ul className="webhooks">
        {webhooks.map((webhook) => (
          <WebhookRow key={webhook.id} webhook={webhook} />
        ))}
      </ul>
      {created ? <Secret created={created} onDone={() => setCreated(undefined)} /> : undefined}
      {adding ? (
        <WebhookForm
          onCancel={() => setAdding(false)}
          onCreated={(made) => {
            setAdding(false);
            setCreated(made);
          }}
        />
      ) : (
        <p>
          <Button icon={Plus} onClick={() => setAdding(true)}>
            {text.money.addWebhook}
          </Button>
        </p>
      )}
    </PanelSection>
  );
}

function WebhookRow({ webhook }: { webhook: AlertWebhook }) {
  const update = useUpdateWebhook();
  const remove = useDeleteWebhook();
  const test = useTestWebhook();
  const ofFile = webhook.source === "file";
  const least = text.money.severities[webhook.least as keyof typeof text.money.severities] ?? webhook.least;
  const outcome = test.data ?? (test.error ? { ok: false, message: describeError(test.error).message } : undefined);
  return (
    <li className="webhook">
      <Switch
        label={webhook.name}
        hint={`${webhook.url} · ${text.money.least.toLowerCase()} ${least.toLowerCase()}${ofFile ? ` · ${text.money.webhookOfFile}` : ""}`}
        checked={webhook.enabled}
        disabled={ofFile}
        onChange={(enabled) => update.mutate({ id: webhook.id, change: { enabled } })}
      />
      <div className="money-row">
        <Button
          icon={Send}
          busy={test.isPending}
          aria-label={text.money.testWebhook(webhook.name)}
          onClick={() => test.mutate(webhook.id)}
        >
          {text.money.test}
        </Button>
        {ofFile ? undefined : (
          <IconButton
            icon={Trash2}
            label={text.money.removeWebhook(webhook.name)}
            disabled={remove.isPending}
            onClick={() => remove.mutate(webhook.id)}
          />
        )}
      </div>
      {outcome ? <Notice live tone={outcome.ok ? "good" : "danger"} title={outcome.message} /> : undefined}
    </li>
  );
}

function WebhookForm({ onCancel, onCreated }: { onCancel: () => void; onCreated: (created: CreatedWebhook) => void }) {
  const create = useCreateWebhook();
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        const value = (name: string) => String(fields.get(name) ?? "").trim();
        create.mutate(
          { name: value("name"), url: value("url"), least: value("least") },
          { onSuccess: (made) => onCreated(made) },
        );
      }}
    >
      <TextField label={text.money.webhookName} name="name" required maxLength={80} autoFocus />
      <TextField
        label={text.money.webhookUrl}
        hint={text.money.webhookUrlHint}
        name="url"
        type="url"
        required
        placeholder="https://"
      />
      <SelectField
        label={text.money.least}
        name="least"
        options={SEVERITIES.map((value) => ({ value, label: text.money.severities[value] }))}
      />
      {create.error ? <Failure failure={describeError(create.error)} /> : undefined}
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onCancel}>
          {text.common.cancel}
        </Button>
        <Button tone="primary" type="submit" busy={create.isPending}>
          {text.money.addWebhook}
        </Button>
      </div>
    </form>
  );
}

function Secret({ created, onDone }: { created: CreatedWebhook; onDone: () => void }) {
  return (
    <div className="form">
      <Notice
        tone="warn"
        live
        title={`${text.money.webhookReady(created.webhook.name)}. ${text.money.secretOnce}.`}
        hint={text.money.secretOnceHint}
      />
      <div className="secret">
        <code data-testid="webhook-secret">{created.secret}</code>
        <Button icon={Copy} tone="primary" onClick={() => void copyWithToast(created.secret)}>
          {text.common.copy}
        </Button>
      </div>
      <p>
        <Button onClick={onDone}>{text.common.done}</Button>
      </p>
    </div>
  );
}
