/** What holds for every new conversation. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { modelsQuery } from "@/lib/api/models";
import { settingsQuery, useChangeSettings } from "@/lib/api/settings";
import { statusQuery } from "@/lib/api/status";
import { toolsQuery } from "@/lib/api/tools";
import { describeError } from "@/lib/client";
import { formatFull } from "@/lib/format";
import { text } from "@/lib/i18n";
import { groupTools, shortName, toggled } from "@/lib/tool-groups";
import type { Settings, Tool } from "@/lib/types";
import { Button } from "@/ui/button";
import { SelectField, Switch, TextAreaField } from "@/ui/field";
import { Failure, Skeleton } from "@/ui/feedback";
import { ServerTools } from "@/ui/server-tools";
import { showToast } from "@/ui/toast";

export function GeneralSection() {
  const { data: settings, error, refetch } = useQuery(settingsQuery);
  const { data: models } = useQuery(modelsQuery);
  const change = useChangeSettings();
  if (!settings && error)
    return <Failure failure={describeError(error)} retryLabel={text.common.retry} onRetry={() => void refetch()} />;
  if (!settings) return <Skeleton label={text.common.loading} />;
  const options = [
    { value: "", label: text.settings.automatic },
    ...(models?.routes.map((route) => ({ value: route.name, label: route.name })) ?? []),
    ...(models?.models
      .filter((model) => model.capabilities.includes("chat") || !model.language_model)
      .map((model) => ({ value: model.id, label: `${model.display_name} (${model.provider})` })) ?? []),
  ];
  return (
    <div className="form">
      <SelectField
        label={text.settings.defaultModel}
        hint={text.settings.defaultModelHint}
        options={options}
        value={settings.default_model ?? ""}
        onChange={(event) => change.mutate({ default_model: event.target.value || null })}
      />
      <SystemPrompt settings={settings} />
      <Switch
        label={text.settings.titles}
        hint={text.settings.titlesHint}
        checked={settings.titles_by_model ?? false}
        onChange={(titles_by_model) => change.mutate({ titles_by_model })}
      />
      <Tools settings={settings} />
      <About />
    </div>
  );
}

/** What models may use where a conversation does not say. */
function Tools({ settings }: { settings: Settings }) {
  const { data: known } = useQuery(toolsQuery);
  const client = useQueryClient();
  const change = useChangeSettings();
  const on = settings.tools ?? [];
  if (!known) return undefined;
  const choose = (tools: string[]) => change.mutate({ tools });
  // Those that are on by now, not those that were drawn: of two quick ticks both stay.
  const tick = (name: string) => choose(toggled(client.getQueryData(settingsQuery.queryKey)?.tools ?? on, name));
  const row = (tool: Tool) => (
    <label key={tool.name} className="check-row" title={tool.description}>
      <input type="checkbox" checked={on.includes(tool.name)} onChange={() => tick(tool.name)} />
      <span>
        <code>{shortName(tool.name)}</code>
        {tool.changes ? ` (${text.tools.asks})` : ""}
      </span>
    </label>
  );
  return (
    <fieldset className="document-choice">
      <legend className="field-label">{text.tools.everywhere}</legend>
      {groupTools(known.tools, on).map((group) =>
        group.server === undefined ? (
          group.tools.map(row)
        ) : (
          <ServerTools key={group.server} group={group} on={on} onChoose={choose}>
            {group.tools.map(row)}
          </ServerTools>
        ),
      )}
      <p className="field-hint">{text.tools.everywhereHint}</p>
    </fieldset>
  );
}

function SystemPrompt({ settings }: { settings: Settings }) {
  const change = useChangeSettings();
  const saved = settings.system_prompt ?? "";
  const [draft, setDraft] = useState(saved);
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate({ system_prompt: draft }, { onSuccess: () => showToast({ text: text.settings.saved }) });
      }}
    >
      <TextAreaField
        label={text.settings.systemPrompt}
        hint={text.settings.systemPromptHint}
        rows={5}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
      />
      <div>
        <Button type="submit" tone="primary" disabled={draft === saved} busy={change.isPending}>
          {text.common.save}
        </Button>
      </div>
    </form>
  );
}

function About() {
  const { data: status } = useQuery(statusQuery);
  if (!status) return undefined;
  const rows: [string, ReactNode][] = [
    [text.settings.version, status.version],
    [text.settings.database, status.database],
    [
      text.settings.dataFolder,
      <bdi key="folder" dir="ltr">
        {status.data_dir}
      </bdi>,
    ],
    [text.settings.runningSince, formatFull(status.started_at)],
  ];
  return (
    <dl className="about" aria-label={text.settings.about}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
