/** A virtual key: how it is used, and how much of its budget is gone. */
import { useState } from "react";
import { formatFull, formatMoney, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toDollars } from "@/lib/money";
import type { Key } from "@/lib/types";
import { Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Badge } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { useRevokeKey } from "../api";

type Budget = NonNullable<Key["budget"]>;

export function KeyCard({ virtualKey: key }: { virtualKey: Key }) {
  const revoke = useRevokeKey();
  const [asking, setAsking] = useState(false);
  const revoked = Boolean(key.revoked_at);
  const facts = [
    text.settings.keySpent(formatMoney(key.spent_usd)),
    key.rpm ? text.settings.keyRpm(key.rpm) : undefined,
    key.routes.length > 0 ? text.settings.keyRoutes(key.routes.join(", ")) : undefined,
    key.expires_at ? text.settings.keyExpires(formatFull(key.expires_at)) : undefined,
    key.last_used_at ? text.settings.keyUsed(formatWhen(key.last_used_at)) : text.settings.keyUnused,
  ];
  return (
    <li className="card provider-card">
      <div className="provider-head">
        <h3>{key.name}</h3>
        <code>{key.prefix}…</code>
        {revoked ? <Badge tone="danger">{text.settings.revoked}</Badge> : undefined}
        {revoked ? undefined : (
          <Button tone="danger" className="provider-end" onClick={() => setAsking(true)}>
            {text.settings.revoke}
          </Button>
        )}
      </div>
      <p className="field-hint">{facts.filter(Boolean).join(" · ")}</p>
      {key.budget ? <BudgetBar budget={key.budget} /> : undefined}
      <ConfirmDialog
        open={asking}
        title={text.settings.revokeKey(key.name)}
        description={text.settings.revokeKeyHint}
        confirmLabel={text.settings.revoke}
        cancelLabel={text.common.cancel}
        closeLabel={text.common.close}
        busy={revoke.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          revoke.mutate(key.id, {
            onSuccess: () => {
              setAsking(false);
              showToast({ text: text.settings.keyRevoked(key.name) });
            },
          })
        }
      />
    </li>
  );
}

function BudgetBar({ budget }: { budget: Budget }) {
  const limit = toDollars(budget.limit_usd);
  const share = (amount: string) => `${limit > 0 ? Math.min(100, (toDollars(amount) / limit) * 100) : 100}%`;
  const spent = limit > 0 ? toDollars(budget.spent_usd) / limit : 1;
  return (
    <div className="budget">
      <div
        className="budget-bar"
        role="meter"
        aria-label={text.settings.budget}
        aria-valuemin={0}
        aria-valuemax={limit}
        aria-valuenow={Math.min(limit, toDollars(budget.spent_usd))}
        aria-valuetext={text.settings.budgetState(
          formatMoney(budget.spent_usd),
          formatMoney(budget.limit_usd),
          budget.per,
        )}
        data-tone={spent >= 1 ? "full" : spent >= 0.8 ? "high" : "fine"}
      >
        <span className="budget-spent" style={{ inlineSize: share(budget.spent_usd) }} />
        <span className="budget-reserved" style={{ inlineSize: share(budget.reserved_usd) }} />
      </div>
      <p className="field-hint numeric">
        {text.settings.budgetState(formatMoney(budget.spent_usd), formatMoney(budget.limit_usd), budget.per)}
        {toDollars(budget.reserved_usd) > 0
          ? ` · ${text.settings.budgetReserved(formatMoney(budget.reserved_usd))}`
          : ""}
        {budget.resets_at ? ` · ${text.settings.budgetResets(formatFull(budget.resets_at))}` : ""}
      </p>
    </div>
  );
}
