/** Makes a virtual key or changes one. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { CreatedKey, Key } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField, TextField } from "@/ui/field";
import { Failure } from "@/ui/feedback";
import { NamesField } from "@/ui/names-field";
import { showToast } from "@/ui/toast";
import { useCreateKey, useUpdateKey } from "../api";
import { PERIODS, PRIORITIES, wishesOf } from "../form";

export interface KeyDialogProps {
  /** The key to change; without one, a new one is made. */
  edited: Key | undefined;
  onClose: () => void;
  onCreated: (created: CreatedKey) => void;
}

export function KeyDialog({ edited, onClose, onCreated }: KeyDialogProps) {
  const create = useCreateKey();
  const update = useUpdateKey();
  const { data: models } = useQuery(modelsQuery);
  const [routes, setRoutes] = useState<readonly string[]>(edited?.routes ?? []);
  const error = create.error ?? update.error;
  const submit = (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const wishes = wishesOf((name) => String(fields.get(name) ?? "").trim(), routes);
    if (!edited) return create.mutate(wishes, { onSuccess: onCreated });
    return update.mutate(
      { id: edited.id, change: wishes },
      {
        onSuccess: (key) => {
          showToast({ text: text.keys.changed(key.name) });
          onClose();
        },
      },
    );
  };
  const limit = (name: "rpm" | "tpm" | "parallel") => (
    <TextField
      label={text.keys[name]}
      name={name}
      type="number"
      min={1}
      max={4_000_000_000}
      defaultValue={edited?.[name] ?? ""}
      placeholder={text.keys.unlimited}
    />
  );
  return (
    <Dialog
      open
      onClose={onClose}
      title={edited ? text.keys.edit(edited.name) : text.keys.create}
      closeLabel={text.common.close}
      className="key-dialog"
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          submit(event.currentTarget);
        }}
      >
        <TextField
          label={text.keys.name}
          hint={text.keys.nameHint}
          name="name"
          required
          maxLength={100}
          autoFocus
          defaultValue={edited?.name ?? ""}
        />
        <TextField
          label={text.keys.project}
          hint={text.keys.projectHint}
          name="project"
          maxLength={100}
          defaultValue={edited?.project ?? ""}
        />
        <div className="form-row">
          <TextField
            label={text.keys.budget}
            hint={text.keys.budgetHint}
            name="budget"
            inputMode="decimal"
            pattern="\d+([.,]\d{1,9})?"
            placeholder="5.00"
            defaultValue={edited?.budget?.limit_usd ?? ""}
          />
          <SelectField
            label={text.keys.per}
            name="per"
            options={PERIODS.map((value) => ({ value, label: text.keys.periods[value] }))}
            defaultValue={edited?.budget?.per ?? "month"}
          />
        </div>
        <div className="key-limits">
          {limit("rpm")}
          {limit("tpm")}
          {limit("parallel")}
        </div>
        <div className="form-row">
          <SelectField
            label={text.keys.priority}
            hint={text.keys.priorityHint}
            name="priority"
            options={PRIORITIES.map((value) => ({ value, label: text.keys.priorities[value] }))}
            defaultValue={edited?.priority ?? "normal"}
          />
          <TextField
            label={text.keys.expires}
            hint={text.keys.expiresHint}
            name="expires"
            type="date"
            defaultValue={edited?.expires_at?.slice(0, 10) ?? ""}
          />
        </div>
        <NamesField
          label={text.keys.routes}
          hint={text.keys.routesHint}
          names={routes}
          suggestions={[
            ...(models?.routes.map((entry) => entry.name) ?? []),
            ...(models?.models.map((model) => model.id) ?? []),
          ]}
          removeLabel={text.keys.removeRoute}
          onChange={setRoutes}
        />
        {error ? <Failure failure={describeError(error)} /> : undefined}
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={create.isPending || update.isPending}>
            {edited ? text.common.save : text.keys.create}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
