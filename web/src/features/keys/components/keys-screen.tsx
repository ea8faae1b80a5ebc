/** Virtual keys: what other programs call the gateway with, and what each may spend. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { KeyRound, Plus, SquareTerminal } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useActions } from "@/lib/actions";
import { modelsQuery } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { CreatedKey, Key } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { PageFrame } from "@/ui/page-frame";
import { keysQuery } from "../api";
import { endOf } from "../form";
import { KeyCard } from "./key-card";
import { KeyDialog } from "./key-dialog";
import { Secret } from "./secret";
import { Snippets } from "./snippets";
import "../keys.css";

const route = getRouteApi("/keys");

type Overlay = { edit: Key } | { secret: CreatedKey } | "snippets" | undefined;

export function KeysScreen() {
  const { data, error, refetch } = useQuery(keysQuery);
  const { create } = route.useSearch();
  const navigate = route.useNavigate();
  const [overlay, setOverlay] = useState<Overlay>();
  const [all, setAll] = useState(false);
  const close = () => setOverlay(undefined);
  const creating = useCallback(
    (open: true | undefined) => void navigate({ search: (before) => ({ ...before, create: open }), replace: true }),
    [navigate],
  );
  useActions(
    useMemo(
      () => [
        {
          id: "keys.snippets",
          label: text.keys.howTo,
          group: text.keys.title,
          icon: SquareTerminal,
          run: () => setOverlay("snippets"),
        },
      ],
      [],
    ),
  );
  const working = data?.keys.filter((key) => endOf(key) === undefined) ?? [];
  const ended = data?.keys.filter((key) => endOf(key) !== undefined) ?? [];
  const createButton = (
    <Button tone="primary" icon={Plus} onClick={() => creating(true)}>
      {text.keys.create}
    </Button>
  );
  return (
    <PageFrame
      title={text.keys.title}
      lead={text.keys.lead}
      actions={
        <>
          <Button icon={SquareTerminal} onClick={() => setOverlay("snippets")}>
            {text.keys.openSnippets}
          </Button>
          {createButton}
        </>
      }
    >
      {error ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={6} label={text.common.loading} /> : undefined}
      {data && data.keys.length === 0 ? (
        <Empty icon={KeyRound} title={text.keys.none}>
          {text.keys.noneHint}
        </Empty>
      ) : undefined}
      <KeyList keys={working} onEdit={(edit) => setOverlay({ edit })} onSecret={(secret) => setOverlay({ secret })} />
      {ended.length > 0 && !all ? (
        <Button className="more-button" tone="quiet" onClick={() => setAll(true)}>
          {text.keys.showRevoked(ended.length)}
        </Button>
      ) : undefined}
      {all ? <KeyList keys={ended} onEdit={() => undefined} onSecret={() => undefined} /> : undefined}
      {create ? (
        <KeyDialog
          edited={undefined}
          onClose={() => creating(undefined)}
          onCreated={(secret) => {
            creating(undefined);
            setOverlay({ secret });
          }}
        />
      ) : undefined}
      {typeof overlay === "object" && "edit" in overlay ? (
        <KeyDialog edited={overlay.edit} onClose={close} onCreated={close} />
      ) : undefined}
      {typeof overlay === "object" && "secret" in overlay ? (
        <SecretDialog created={overlay.secret} onClose={close} />
      ) : undefined}
      {overlay === "snippets" ? (
        <Dialog
          open
          onClose={close}
          title={text.keys.howTo}
          description={text.keys.placeholderHint}
          closeLabel={text.common.close}
          className="key-dialog"
        >
          <PlaceholderSnippets />
        </Dialog>
      ) : undefined}
    </PageFrame>
  );
}

function KeyList({
  keys,
  onEdit,
  onSecret,
}: {
  keys: readonly Key[];
  onEdit: (key: Key) => void;
  onSecret: (created: CreatedKey) => void;
}) {
  if (keys.length === 0) return undefined;
  return (
    <ul className="key-list">
      {keys.map((key) => (
        <KeyCard key={key.id} virtualKey={key} onEdit={() => onEdit(key)} onSecret={onSecret} />
      ))}
    </ul>
  );
}

function SecretDialog({ created, onClose }: { created: CreatedKey; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.keys.created(created.key.name)}
      closeLabel={text.common.close}
      className="key-dialog"
    >
      <Secret created={created} onClose={onClose} />
    </Dialog>
  );
}

function PlaceholderSnippets() {
  const { data: models } = useQuery(modelsQuery);
  return <Snippets secret="fam-…" model={models?.default ?? "openai/gpt-4o-mini"} />;
}
