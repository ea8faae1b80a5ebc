/** A virtual key: what it may do, how it is used, and how much of its budget is gone. */
import { Link } from "@tanstack/react-router";
import { Ban, MoreHorizontal, Pencil, RefreshCcw } from "lucide-react";
import { useState } from "react";
import { formatCount, formatFull, formatMoney, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toDollars } from "@/lib/money";
import type { CreatedKey, Key } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Dialog } from "@/ui/dialog";
import { Facts } from "@/ui/facts";
import { ChoiceField } from "@/ui/field";
import { Badge } from "@/ui/feedback";
import { Menu } from "@/ui/menu";
import { Meter } from "@/ui/meter";
import { showToast } from "@/ui/toast";
import { useRevokeKey, useRotateKey } from "../api";
import { endOf } from "../form";

/** How long the secret before a new one may go on, in seconds. */
const GRACES = ["0", "3600", "86400", "604800"] as const;
type Grace = (typeof GRACES)[number];
type Budget = Key["budgets"][number];

export interface KeyCardProps {
  virtualKey: Key;
  onEdit: () => void;
  onSecret: (created: CreatedKey) => void;
}

export function KeyCard({ virtualKey: key, onEdit, onSecret }: KeyCardProps) {
  const [asking, setAsking] = useState<"rotate" | "revoke">();
  const end = endOf(key);
  return (
    <li className="card key-card" data-ended={end}>
      <div className="key-head">
        <h2>{key.name}</h2>
        <code>{key.prefix}…</code>
        {end ? <Badge tone="danger">{text.keys[end]}</Badge> : undefined}
        {end === "revoked" ? undefined : (
          <div className="key-commands">
            <Button icon={Pencil} onClick={onEdit} disabled={end !== undefined}>
              {text.common.edit}
            </Button>
            <Menu
              trigger={<IconButton icon={MoreHorizontal} label={text.keys.commands(key.name)} />}
              items={[
                {
                  id: "rotate",
                  label: text.keys.rotate,
                  icon: RefreshCcw,
                  disabled: end !== undefined,
                  run: () => setAsking("rotate"),
                },
                { id: "revoke", label: text.keys.revoke, icon: Ban, danger: true, run: () => setAsking("revoke") },
              ]}
            />
          </div>
        )}
      </div>
      {key.budgets.map((budget) => (
        <BudgetBar key={budget.id} budget={budget} />
      ))}
      {key.budgets.length === 0 ? <p className="field-hint">{text.keys.noBudget}</p> : undefined}
      <KeyFacts virtualKey={key} />
      <Confirmations virtualKey={key} asking={asking} onClose={() => setAsking(undefined)} onSecret={onSecret} />
    </li>
  );
}

function KeyFacts({ virtualKey: key }: { virtualKey: Key }) {
  const limits = [
    key.rpm ? text.keys.rpmShort(formatCount(key.rpm)) : undefined,
    key.tpm ? text.keys.tpmShort(formatCount(key.tpm)) : undefined,
    key.parallel ? text.keys.parallelShort(formatCount(key.parallel)) : undefined,
    key.priority && key.priority !== "normal"
      ? text.keys.priorityShort(text.keys.priorities[key.priority as keyof typeof text.keys.priorities] ?? key.priority)
      : undefined,
  ].filter((limit) => limit !== undefined);
  const facts: [string, string][] = [
    [text.keys.spent, formatMoney(key.spent_usd)],
    [text.keys.lastUsed, key.last_used_at ? formatWhen(key.last_used_at) : text.keys.never],
  ];
  if (key.old_secret_until) facts.push([text.keys.oldUntil, formatFull(key.old_secret_until)]);
  if (key.project) facts.push([text.keys.project, key.project]);
  if (key.expires_at) facts.push([text.keys.ends, formatFull(key.expires_at)]);
  if (limits.length > 0) facts.push([text.keys.limits, limits.join(", ")]);
  facts.push([text.keys.scope, key.routes.length > 0 ? key.routes.join(", ") : text.keys.all]);
  return (
    <div className="key-foot">
      <Facts facts={facts} />
      <Link to="/exchanges" search={{ key: key.name }} className="key-link">
        {text.keys.exchanges}
      </Link>
    </div>
  );
}

interface ConfirmationsProps {
  virtualKey: Key;
  asking: "rotate" | "revoke" | undefined;
  onClose: () => void;
  onSecret: (created: CreatedKey) => void;
}

function Confirmations({ virtualKey: key, asking, onClose, onSecret }: ConfirmationsProps) {
  const revoke = useRevokeKey();
  const rotate = useRotateKey();
  const [grace, setGrace] = useState<Grace>("0");
  const words = { cancelLabel: text.common.cancel, closeLabel: text.common.close, onClose };
  // As promises, since the card itself may be gone before the answer comes; a refusal has its own message.
  const ignore = () => undefined;
  return (
    <>
      <Dialog
        open={asking === "rotate"}
        onClose={onClose}
        title={text.keys.rotateTitle(key.name)}
        description={text.keys.rotateHint}
        closeLabel={text.common.close}
      >
        <ChoiceField
          label={text.keys.grace}
          name="grace"
          value={grace}
          options={GRACES.map((value) => ({ value, label: text.keys.graces[value] }))}
          onChoose={(value) => setGrace(value as Grace)}
        />
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button
            tone="primary"
            busy={rotate.isPending}
            onClick={() =>
              void rotate.mutateAsync({ id: key.id, grace_seconds: Number(grace) }).then((created) => {
                onClose();
                onSecret(created);
              }, ignore)
            }
          >
            {text.keys.rotate}
          </Button>
        </div>
      </Dialog>
      <ConfirmDialog
        open={asking === "revoke"}
        title={text.keys.revokeTitle(key.name)}
        description={text.keys.revokeHint}
        confirmLabel={text.keys.revoke}
        busy={revoke.isPending}
        onConfirm={() =>
          void revoke.mutateAsync(key.id).then(() => {
            onClose();
            showToast({ text: text.keys.wasRevoked(key.name) });
          }, ignore)
        }
        {...words}
      />
    </>
  );
}

function BudgetBar({ budget }: { budget: Budget }) {
  const limit = toDollars(budget.limit_usd);
  const share = (amount: string) => (limit > 0 ? toDollars(amount) / limit : 1);
  const spent = share(budget.spent_usd);
  const state = text.keys.budgetState(formatMoney(budget.spent_usd), formatMoney(budget.limit_usd), budget.period);
  const remarks = [
    state,
    toDollars(budget.reserved_usd) > 0 ? text.keys.budgetReserved(formatMoney(budget.reserved_usd)) : undefined,
    budget.resets_at ? text.keys.budgetResets(formatFull(budget.resets_at)) : undefined,
  ];
  return (
    <div className="budget">
      <Meter
        label={text.keys.budget}
        valueText={state}
        value={spent}
        more={share(budget.reserved_usd)}
        tone={spent >= 1 ? "full" : spent >= budget.soft_percent / 100 ? "high" : "fine"}
      />
      <p className="field-hint numeric">{remarks.filter(Boolean).join(" · ")}</p>
    </div>
  );
}
