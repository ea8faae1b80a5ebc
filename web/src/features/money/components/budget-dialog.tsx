/** The form of a new budget. */
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure } from "@/ui/feedback";
import { SelectField, TextField } from "@/ui/field";
import { showToast } from "@/ui/toast";
import { usePutBudget } from "../api";
import { ACTIONS, budgetOf, PERIODS, SCOPES } from "../budget";

export function BudgetDialog({ onClose }: { onClose: () => void }) {
  const put = usePutBudget();
  const [scope, setScope] = useState<(typeof SCOPES)[number]>("installation");
  const submit = (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const budget = budgetOf((name) => String(fields.get(name) ?? ""));
    put.mutate(
      { id: undefined, budget },
      {
        onSuccess: (made) => {
          showToast({ text: text.money.budgetAdded(made.label) });
          onClose();
        },
      },
    );
  };
  return (
    <Dialog open onClose={onClose} title={text.money.addBudget} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          submit(event.currentTarget);
        }}
      >
        <SelectField
          label={text.money.scope}
          name="scope"
          value={scope}
          options={SCOPES.map((value) => ({ value, label: text.money.scopes[value] }))}
          onChange={(event) => setScope(event.target.value as typeof scope)}
        />
        {scope === "project" || scope === "key" ? (
          <TextField label={text.money.subject[scope]} name="subject" required />
        ) : undefined}
        <div className="money-fields">
          <TextField label={text.money.limit} name="limit" inputMode="decimal" required />
          <SelectField
            label={text.money.period}
            name="period"
            defaultValue="month"
            options={PERIODS.map((value) => ({ value, label: text.money.periods[value] }))}
          />
        </div>
        <SelectField
          label={text.money.action}
          name="action"
          options={ACTIONS.map((value) => ({ value, label: text.money.actions[value] }))}
        />
        <div className="money-fields">
          <TextField label={text.money.soft} name="soft" type="number" min={1} max={100} placeholder="80" />
          <TextField
            label={text.money.emergency}
            hint={text.money.emergencyHint}
            name="emergency"
            type="number"
            min={101}
            max={1000}
          />
        </div>
        <TextField
          label={text.money.timeZone}
          hint={text.money.timeZoneHint}
          name="time_zone"
          placeholder="UTC"
          defaultValue={new Intl.DateTimeFormat().resolvedOptions().timeZone}
        />
        {put.error ? <Failure failure={describeError(put.error)} /> : undefined}
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={put.isPending}>
            {text.money.addBudget}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
