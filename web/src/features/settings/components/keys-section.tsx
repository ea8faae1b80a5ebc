/** Virtual keys: what other programs call the gateway with, and what each may spend. */
import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { keysQuery } from "../api";
import { CreateKeyDialog } from "./create-key-dialog";
import { KeyCard } from "./key-card";

export function KeysSection() {
  const { data, error, refetch } = useQuery(keysQuery);
  const [creating, setCreating] = useState(false);
  const create = (
    <Button tone="primary" icon={Plus} onClick={() => setCreating(true)}>
      {text.settings.createKey}
    </Button>
  );
  if (error)
    return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton label={text.common.loading} />;
  return (
    <>
      <p className="field-hint">
        {text.settings.keysHint(`${window.location.origin}/v1`, `${window.location.origin}/anthropic`)}
      </p>
      {data.keys.length === 0 ? (
        <Empty icon={KeyRound} title={text.settings.noKeys} actions={create}>
          {text.settings.noKeysHint}
        </Empty>
      ) : (
        <>
          <ul className="provider-list">
            {data.keys.map((key) => (
              <KeyCard key={key.id} virtualKey={key} />
            ))}
          </ul>
          <div>{create}</div>
        </>
      )}
      {creating ? <CreateKeyDialog onClose={() => setCreating(false)} /> : undefined}
    </>
  );
}
