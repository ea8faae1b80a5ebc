/** What would happen to a request, and why: nothing is sent and nothing is counted. */
import { useQuery } from "@tanstack/react-query";
import { Check, CircleSlash, FlaskConical } from "lucide-react";
import { useState } from "react";
import { modelsQuery } from "@/lib/api/models";
import { describeError } from "@/lib/client";
import { formatCount, formatMoney } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Route, TriedRoute, TryRoute } from "@/lib/types";
import { Button } from "@/ui/button";
import { Explanation } from "@/ui/explanation";
import { Facts } from "@/ui/facts";
import { SelectField, Switch, TextAreaField, TextField } from "@/ui/field";
import { Failure } from "@/ui/feedback";
import { keyNamesQuery, useTryRoute } from "../api";

export interface TryPanelProps {
  /** What the address says is tried. */
  wanted: string | undefined;
  onWant: (name: string) => void;
  routes: readonly Route[];
}

export function TryPanel({ wanted, onWant, routes }: TryPanelProps) {
  const { data: models } = useQuery(modelsQuery);
  const { data: keys } = useQuery(keyNamesQuery);
  const attempt = useTryRoute();
  const [tools, setTools] = useState(false);
  const model = wanted ?? routes[0]?.name ?? models?.default ?? "";
  const submit = (form: HTMLFormElement) => {
    const fields = new FormData(form);
    const value = (name: string) => String(fields.get(name) ?? "").trim();
    const body: TryRoute = { model, prompt: value("prompt"), tools, images: Number(value("images") || 0) };
    if (value("key")) body.key_id = value("key");
    if (value("context")) body.context = value("context");
    if (value("output")) body.max_output_tokens = Number(value("output"));
    attempt.mutate(body);
  };
  return (
    <section className="card try" aria-label={text.routes.tryTitle}>
      <div>
        <h2>{text.routes.tryTitle}</h2>
        <p className="field-hint">{text.routes.tryLead}</p>
      </div>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          submit(event.currentTarget);
        }}
      >
        <div className="field">
          <label className="field-label" htmlFor="try-model">
            {text.routes.tryModel}
          </label>
          <select
            id="try-model"
            className="input select"
            value={model}
            onChange={(event) => onWant(event.target.value)}
          >
            <optgroup label={text.routes.groups.routes}>
              {routes.map((route) => (
                <option key={route.name} value={route.name}>
                  {route.name}
                </option>
              ))}
            </optgroup>
            <optgroup label={text.routes.groups.models}>
              {models?.models.map((entry) => (
                <option key={entry.id} value={entry.id}>
                  {entry.id}
                </option>
              ))}
            </optgroup>
          </select>
        </div>
        <TextAreaField
          label={text.routes.tryPrompt}
          hint={text.routes.tryPromptHint}
          name="prompt"
          rows={3}
          className="textarea-small"
        />
        <SelectField
          label={text.routes.tryKey}
          name="key"
          options={[
            { value: "", label: text.routes.tryOwner },
            ...(keys?.keys.map((key) => ({ value: key.id, label: `${key.name} (${key.prefix}…)` })) ?? []),
          ]}
        />
        <div className="form-row">
          <TextField label={text.routes.tryImages} name="images" type="number" min={0} max={100} defaultValue={0} />
          <TextField label={text.routes.tryOutput} name="output" type="number" min={1} max={10_000_000} />
        </div>
        <TextField label={text.routes.tryContext} hint={text.routes.tryContextHint} name="context" maxLength={500} />
        <div className="try-start">
          <Switch label={text.routes.tryTools} checked={tools} onChange={setTools} />
          <Button tone="primary" type="submit" icon={FlaskConical} busy={attempt.isPending} disabled={model === ""}>
            {text.routes.tryStart}
          </Button>
        </div>
      </form>
      {attempt.error ? <Failure failure={describeError(attempt.error)} /> : undefined}
      <div role="status" className="try-result">
        {attempt.data ? <Tried tried={attempt.data} /> : undefined}
      </div>
    </section>
  );
}

function Tried({ tried }: { tried: TriedRoute }) {
  const Icon = tried.ok ? Check : CircleSlash;
  const facts: [string, string][] = [
    [text.routes.worstCase, tried.worst_case_usd ? formatMoney(tried.worst_case_usd) : text.routes.worstCaseUnknown],
    [text.routes.inputBound, text.routes.tokens(formatCount(tried.input_tokens_bound))],
  ];
  return (
    <>
      <p className="try-verdict" data-ok={tried.ok}>
        <Icon size={17} aria-hidden />
        {tried.ok ? text.routes.wouldGo : text.routes.wouldFail}
      </p>
      {tried.refusals.length > 0 ? (
        <ul className="refusals">
          {tried.refusals.map((refusal) => (
            <li key={`${refusal.stage} ${refusal.message}`} className="notice notice-danger">
              <div className="notice-body">
                <p className="notice-title">
                  {text.routes.refusalStage(refusal.stage)}: {refusal.message}
                </p>
                {refusal.hint ? <p className="notice-hint">{refusal.hint}</p> : undefined}
              </div>
            </li>
          ))}
        </ul>
      ) : undefined}
      <Explanation explained={tried.explanation} past={false} words={text.routing} />
      <Facts facts={facts} />
    </>
  );
}
