/** The configured providers: tested, changed, put in order, removed, and new ones from the list of vendors. */
import { useQuery } from "@tanstack/react-query";
import { ArrowUpDown, Plug, Plus } from "lucide-react";
import { useRef, useState } from "react";
import { providersQuery } from "@/lib/api/providers";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Provider } from "@/lib/types";
import { Button } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { ProviderCard } from "./provider-card";
import { ProviderDialog } from "./provider-dialog";
import { ProviderOrderDialog } from "./provider-order-dialog";

export function ProvidersSection() {
  const { data, error, refetch } = useQuery(providersQuery);
  const [edited, setEdited] = useState<Provider | "new">();
  const [ordering, setOrdering] = useState(false);
  const addButton = useRef<HTMLButtonElement>(null);
  if (error)
    return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton label={text.common.loading} />;
  // The files of this machine come last, whatever the order.
  const names = data.providers.filter(({ dialect }) => dialect !== "on-device").map(({ name }) => name);
  // Where the focus would be gone with a card.
  const passFocus = () => {
    if (document.activeElement === document.body) addButton.current?.focus();
  };
  const add = (
    <Button ref={addButton} tone="primary" icon={Plus} onClick={() => setEdited("new")}>
      {text.settings.addProvider}
    </Button>
  );
  return (
    <>
      <p className="field-hint">{text.settings.providersHint}</p>
      {data.providers.length === 0 ? (
        <Empty icon={Plug} title={text.settings.noProviders} actions={add}>
          {text.settings.noProvidersHint}
        </Empty>
      ) : (
        <>
          <ul className="provider-list">
            {data.providers.map((provider) => (
              <ProviderCard
                key={provider.name}
                provider={provider}
                vendor={data.vendors.find((vendor) => vendor.id === provider.vendor)}
                onEdit={() => setEdited(provider)}
                onRemoved={passFocus}
              />
            ))}
          </ul>
          <div className="page-actions">
            {add}
            {names.length > 1 ? (
              <Button icon={ArrowUpDown} onClick={() => setOrdering(true)}>
                {text.settings.orderProviders}
              </Button>
            ) : undefined}
          </div>
        </>
      )}
      {ordering ? <ProviderOrderDialog names={names} onClose={() => setOrdering(false)} /> : undefined}
      {edited ? (
        <ProviderDialog
          provider={edited === "new" ? undefined : edited}
          list={data}
          onClose={() => setEdited(undefined)}
        />
      ) : undefined}
    </>
  );
}
