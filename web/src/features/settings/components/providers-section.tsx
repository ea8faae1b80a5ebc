/** The configured providers: tested, changed, removed, and new ones from the list of vendors. */
import { useQuery } from "@tanstack/react-query";
import { Plug, Plus } from "lucide-react";
import { useState } from "react";
import { providersQuery } from "@/lib/api/providers";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Provider } from "@/lib/types";
import { Button } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { ProviderCard } from "./provider-card";
import { ProviderDialog } from "./provider-dialog";

export function ProvidersSection() {
  const { data, error, refetch } = useQuery(providersQuery);
  const [edited, setEdited] = useState<Provider | "new">();
  if (error)
    return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton label={text.common.loading} />;
  const add = (
    <Button tone="primary" icon={Plus} onClick={() => setEdited("new")}>
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
              />
            ))}
          </ul>
          <div>{add}</div>
        </>
      )}
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
