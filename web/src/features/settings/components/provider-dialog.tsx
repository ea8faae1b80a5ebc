/** Adds a provider or changes one. The key is only ever written, never shown. */
import { useState } from "react";
import { usePutProvider, useTestProvider } from "@/lib/api/providers";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Provider, ProviderList, PutProvider } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { SelectField, Switch, TextAreaField, TextField } from "@/ui/field";
import { Failure } from "@/ui/feedback";
import { freeName } from "../names";
import { HeaderLineError, putOf, seconds, TIME_OUTS, USUAL_SECONDS, type TimeOut } from "../provider-form";
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
  const [forgetHeaders, setForgetHeaders] = useState(false);
  const [badLine, setBadLine] = useState<string>();
  const put = usePutProvider();
  const test = useTestProvider();
  const failure = put.error ? describeError(put.error) : undefined;

  const bodyOf = (value: (name: string) => string): PutProvider | undefined => {
    try {
      return putOf(
        vendorId,
        {
          baseUrl: value("base_url"),
          apiKey: value("api_key"),
          models: value("models"),
          organisation: value("organisation"),
          project: value("project"),
          proxy: value("proxy"),
          headers: value("headers"),
          forgetHeaders,
          timeOuts: Object.fromEntries(TIME_OUTS.map((name) => [name, value(name)])) as Record<TimeOut, string>,
        },
        provider,
      );
    } catch (error) {
      if (!(error instanceof HeaderLineError)) throw error;
      setBadLine(error.line);
      return undefined;
    }
  };
  const save = (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const value = (name: string) => String(fields.get(name) ?? "").trim();
    setBadLine(undefined);
    const body = bodyOf(value);
    if (!body) return;
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
          defaultValue={provider?.only_models.join("\n")}
        />
        <details className="more" open={hasMore(provider)}>
          <summary>{text.settings.more}</summary>
          <div className="form">
            <div className="field-row">
              <TextField
                label={text.settings.organisation}
                name="organisation"
                defaultValue={provider?.organisation ?? ""}
              />
              <TextField label={text.settings.project} name="project" defaultValue={provider?.project ?? ""} />
            </div>
            <TextField
              label={text.settings.proxy}
              hint={text.settings.proxyHint}
              name="proxy"
              placeholder="http://127.0.0.1:3128"
              defaultValue={provider?.proxy ?? ""}
            />
            <TextAreaField
              label={text.settings.headers}
              hint={text.settings.headersHint(provider?.headers ?? [])}
              error={badLine === undefined ? undefined : text.settings.badHeader(badLine)}
              name="headers"
              rows={2}
              className="textarea-small"
              placeholder="X-Team: blue"
            />
            {provider && provider.headers.length > 0 ? (
              <Switch label={text.settings.forgetHeaders} checked={forgetHeaders} onChange={setForgetHeaders} />
            ) : undefined}
            <fieldset className="time-outs">
              <legend>{text.settings.timeOuts}</legend>
              {TIME_OUTS.map((name) => (
                <TextField
                  key={name}
                  label={text.settings.timeOut[name]}
                  name={name}
                  type="number"
                  min={0.001}
                  step="any"
                  inputMode="decimal"
                  placeholder={String(USUAL_SECONDS[name])}
                  defaultValue={seconds(provider?.timeouts[name])}
                />
              ))}
            </fieldset>
          </div>
        </details>
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

/** Whether something is set that most people never need. */
function hasMore(provider: Provider | undefined): boolean {
  if (!provider) return false;
  const { organisation, project, proxy, headers, timeouts } = provider;
  return Boolean(organisation ?? project ?? proxy) || headers.length > 0 || TIME_OUTS.some((name) => timeouts[name]);
}
