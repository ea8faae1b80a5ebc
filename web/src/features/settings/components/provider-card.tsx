/** A configured provider, with its test. */
import { Pencil, PlugZap, Trash2 } from "lucide-react";
import { useRemoveProvider, useRestoreProvider, useTestProvider } from "@/lib/api/providers";
import { formatDuration } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Provider, ProviderTest, Vendor } from "@/lib/types";
import { Button } from "@/ui/button";
import { Badge, Notice } from "@/ui/feedback";
import { showToast } from "@/ui/toast";

export function ProviderCard({
  provider,
  vendor,
  onEdit,
  onRemoved,
}: {
  provider: Provider;
  vendor: Vendor | undefined;
  onEdit: () => void;
  onRemoved: () => void;
}) {
  const test = useTestProvider();
  const remove = useRemoveProvider();
  const restore = useRestoreProvider();
  const onRemove = () =>
    // As a promise, since the card itself may be gone before the answer comes; a refusal has its own message.
    void remove.mutateAsync(provider.name).then(
      () => {
        showToast({
          text: text.settings.removed(provider.name),
          hint: text.settings.removedHint,
          action: { label: text.common.undo, run: () => restore.mutate(provider.name) },
        });
        onRemoved();
      },
      () => undefined,
    );
  return (
    <li className="card provider-card">
      <div className="provider-head">
        <h3>{provider.name}</h3>
        {vendor && vendor.display_name !== provider.name ? <Badge>{vendor.display_name}</Badge> : undefined}
        <Badge>{text.settings.keySource(provider.key_source)}</Badge>
        <span className="field-hint">{text.settings.modelCount(provider.models)}</span>
      </div>
      <p className="provider-address">
        {provider.base_url} · {provider.dialect}
      </p>
      <div className="page-actions">
        <Button icon={PlugZap} busy={test.isPending} onClick={() => test.mutate(provider.name)}>
          {text.settings.test}
        </Button>
        {provider.editable ? (
          <>
            <Button icon={Pencil} onClick={onEdit}>
              {text.common.edit}
            </Button>
            <Button icon={Trash2} tone="danger" busy={remove.isPending} onClick={onRemove}>
              {text.common.remove}
            </Button>
          </>
        ) : (
          <span className="field-hint provider-fixed">
            {text.settings.notEditable(provider.dialect === "on-device" ? "files" : provider.key_source)}
          </span>
        )}
      </div>
      {test.data ? <TestResult result={test.data} /> : undefined}
    </li>
  );
}

export function TestResult({ result }: { result: ProviderTest }) {
  const facts = [formatDuration(result.took_ms), result.code ? text.chat.errorCode(result.code) : undefined];
  return (
    <Notice
      tone={result.ok ? "good" : "danger"}
      live
      title={result.message}
      hint={result.hint ?? undefined}
      detail={facts.filter(Boolean).join(" · ")}
    />
  );
}
