/** Budgets: how much of each is gone, and the limit changed in its place. */
import { useQuery } from "@tanstack/react-query";
import { Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { describeError } from "@/lib/client";
import { formatFull, formatMoney, formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import { toDollars } from "@/lib/money";
import type { Budget } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { ConfirmDialog } from "@/ui/confirm-dialog";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { Meter } from "@/ui/meter";
import { showToast } from "@/ui/toast";
import { budgetsQuery, useDeleteBudget, usePutBudget } from "../api";
import { wishesOf } from "../budget";
import { BudgetDialog } from "./budget-dialog";

export function BudgetList() {
  const { data, error, refetch } = useQuery(budgetsQuery);
  const [adding, setAdding] = useState(false);
  return (
    <section className="card money-budgets" aria-labelledby="budgets-title">
      <div className="chart-head">
        <h2 id="budgets-title">{text.money.budgets}</h2>
        <Button icon={Plus} tone="quiet" onClick={() => setAdding(true)}>
          {text.money.addBudget}
        </Button>
      </div>
      {error && !data ? (
        <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />
      ) : undefined}
      {!data && !error ? <Skeleton lines={4} label={text.common.loading} /> : undefined}
      {data?.budgets.length === 0 ? <Empty title={text.money.noBudgets}>{text.money.noBudgetsHint}</Empty> : undefined}
      {data && data.budgets.length > 0 ? (
        <ul className="budgets">
          {data.budgets.map((budget) => (
            <BudgetRow key={budget.id} budget={budget} />
          ))}
        </ul>
      ) : undefined}
      {adding ? <BudgetDialog onClose={() => setAdding(false)} /> : undefined}
    </section>
  );
}

function BudgetRow({ budget }: { budget: Budget }) {
  const [editing, setEditing] = useState(false);
  const [asking, setAsking] = useState(false);
  const remove = useDeleteBudget();
  const limit = toDollars(budget.limit_usd);
  const share = (amount: string) => (limit > 0 ? toDollars(amount) / limit : 1);
  const spent = share(budget.spent_usd);
  const state = text.money.budgetState(formatMoney(budget.spent_usd), formatMoney(budget.limit_usd), budget.period);
  const remarks = [
    toDollars(budget.reserved_usd) > 0 ? text.money.reserved(formatMoney(budget.reserved_usd)) : undefined,
    toDollars(budget.velocity_usd_per_hour) > 0
      ? text.money.velocity(formatMoney(budget.velocity_usd_per_hour))
      : undefined,
    budget.exhausted_at ? text.money.exhausted(formatWhen(budget.exhausted_at)) : undefined,
    budget.resets_at ? text.money.resets(formatFull(budget.resets_at)) : undefined,
    budget.proposed_limit_usd ? text.money.proposed(formatMoney(budget.proposed_limit_usd)) : undefined,
    budget.source === "file" ? text.money.ofFile : undefined,
  ];
  return (
    <li className="budget-row" data-budget={budget.id}>
      <div className="alert-head">
        <strong>{budget.label}</strong>
        <span className="field-hint">
          {text.money.scopes[budget.scope as keyof typeof text.money.scopes] ?? budget.scope}
        </span>
        {budget.source === "file" ? undefined : (
          <span className="budget-commands">
            <IconButton
              icon={Pencil}
              label={text.money.editBudget(budget.label)}
              aria-expanded={editing}
              onClick={() => setEditing(!editing)}
            />
            <IconButton icon={Trash2} label={text.money.deleteBudget(budget.label)} onClick={() => setAsking(true)} />
          </span>
        )}
      </div>
      <Meter
        label={`${text.money.budgets}: ${budget.label}`}
        valueText={state}
        value={spent}
        more={share(budget.reserved_usd)}
        tone={spent >= 1 ? "full" : spent >= budget.soft_percent / 100 ? "high" : "fine"}
        mark={budget.soft_percent < 100 ? budget.soft_percent / 100 : undefined}
      />
      {editing ? <LimitForm budget={budget} onDone={() => setEditing(false)} /> : <p className="numeric">{state}</p>}
      <p className="field-hint numeric">{remarks.filter(Boolean).join(" · ")}</p>
      <ConfirmDialog
        open={asking}
        title={text.money.deleteBudget(budget.label)}
        description={text.money.deleteBudgetHint}
        confirmLabel={text.common.delete}
        cancelLabel={text.common.cancel}
        closeLabel={text.common.close}
        busy={remove.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          void remove.mutateAsync(budget.id).then(
            () => {
              setAsking(false);
              showToast({ text: text.money.budgetDeleted(budget.label) });
            },
            () => undefined,
          )
        }
      />
    </li>
  );
}

function LimitForm({ budget, onDone }: { budget: Budget; onDone: () => void }) {
  const put = usePutBudget();
  const [limit, setLimit] = useState(budget.limit_usd);
  const save = () =>
    put.mutate(
      { id: budget.id, budget: wishesOf(budget, limit) },
      {
        onSuccess: () => {
          showToast({ text: text.money.budgetSaved(budget.label) });
          onDone();
        },
      },
    );
  return (
    <form
      className="budget-form"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <input
        className="input"
        inputMode="decimal"
        aria-label={`${text.money.limit}: ${budget.label}`}
        value={limit}
        autoFocus
        onChange={(event) => setLimit(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onDone();
        }}
      />
      <Button tone="primary" type="submit" busy={put.isPending}>
        {text.common.save}
      </Button>
      <Button tone="quiet" onClick={onDone}>
        {text.common.cancel}
      </Button>
      {budget.proposed_limit_usd ? (
        <Button tone="quiet" onClick={() => setLimit(budget.proposed_limit_usd ?? limit)}>
          {text.money.takeProposed}
        </Button>
      ) : undefined}
      {put.error ? <Failure failure={describeError(put.error)} /> : undefined}
    </form>
  );
}
