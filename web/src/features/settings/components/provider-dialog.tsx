/** Adds a provider or changes one. The key is only ever written, never shown. */
import { useState } from "react";
import { usePutProvider, useTestProvider } from "@/lib/api/providers";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Provider, ProviderList, PutProvider } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField, TextAreaField, TextField } from "@/ui/field";
import { Failure } from "@/ui/feedback";
import { freeName } from "../names";
import { TestResult } from "./provider-card";

export interface ProviderDialogProps {
  /** The provider to change; without one, a new one is added. */
  provider: Provider | undefined;
  list: ProviderList;
  onClose: () => void;
}

export function ProviderDialog({ provider, list, onClose }: ProviderDialogProps) {
  const [vendorId, setVendorId] = useState(provider?.vendor ?? list.vendors[0]?.id ?? "");
  const vendor = list.vendors.find((entry) => entry.id === vendorId);
  const suggested = freeName(vendorId, list.providers);
  // Once saved it keeps its name, however often the fields are corrected.
  const [savedName, setSavedName] = useState(provider?.name);
  const put = usePutProvider();
  const test = useTestProvider();
  const failure = put.error ? describeError(put.error) : undefined;

  const save = (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const value = (name: string) => String(fields.get(name) ?? "").trim();
    const body: PutProvider = { vendor: vendorId };
    if (value("base_url")) body.base_url = value("base_url");
    if (value("api_key")) body.api_key = value("api_key");
    const models = value("models")
      .split(/[\s,]+/)
      .filter(Boolean);
    if (models.length > 0) body.models = models;
    const name = savedName ?? (value("name") || suggested);
    put.mutate(
      { name, body },
      {
        onSuccess: () => {
          setSavedName(name);
          test.mutate(name);
        },
      },
    );
  };

  return (
    <Dialog
      open
      onClose={onClose}
      title={savedName ? text.settings.editProvider(savedName) : text.settings.addProvider}
      closeLabel={text.common.close}
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          save(event.currentTarget);
        }}
      >
        {savedName ? undefined : (
          <>
            <SelectField
              label={text.settings.vendor}
              options={list.vendors.map((entry) => ({ value: entry.id, label: entry.display_name }))}
              value={vendorId}
              onChange={(event) => setVendorId(event.target.value)}
            />
            <TextField
              label={text.settings.providerName}
              hint={text.settings.providerNameHint}
              name="name"
              placeholder={suggested}
              pattern="[a-z0-9][a-z0-9._\-]*"
              maxLength={64}
            />
          </>
        )}
        <TextField
          key={vendorId}
          label={text.settings.baseUrl}
          hint={vendor?.base_url ? text.settings.baseUrlHint : undefined}
          name="base_url"
          type="url"
          defaultValue={provider?.base_url ?? ""}
          placeholder={vendor?.base_url ?? "http://127.0.0.1:8000/v1"}
          required={!vendor?.base_url}
        />
        <TextField
          label={text.settings.apiKey}
          hint={
            savedName
              ? text.settings.apiKeyKeep
              : vendor?.needs_key
                ? text.settings.apiKeyHint
                : text.settings.apiKeyOptional
          }
          name="api_key"
          type="password"
          autoComplete="off"
          required={!savedName && (vendor?.needs_key ?? false)}
        />
        <TextAreaField
          label={text.settings.onlyModels}
          hint={text.settings.onlyModelsHint}
          name="models"
          rows={2}
          className="textarea-small"
        />
        {failure ? <Failure failure={failure} /> : undefined}
        {test.data ? <TestResult result={test.data} /> : undefined}
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {put.isSuccess ? text.common.done : text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={put.isPending || test.isPending}>
            {text.settings.saveAndTest}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
