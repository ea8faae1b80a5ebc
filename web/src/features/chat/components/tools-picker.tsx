/** Which tools the model of a conversation may use, and which of them without asking. */
import { useQuery } from "@tanstack/react-query";
import { Wrench } from "lucide-react";
import { settingsQuery } from "@/lib/api/settings";
import { toolsQuery } from "@/lib/api/tools";
import { text } from "@/lib/i18n";
import { groupTools, shortName, toggled } from "@/lib/tool-groups";
import type { Tool, ToolChoices } from "@/lib/types";
import { classNames } from "@/ui/class-names";
import { Popover } from "@/ui/popover";
import { ServerTools } from "@/ui/server-tools";
import "../tools.css";

export interface ToolsPickerProps {
  value: ToolChoices;
  /** Whether the model can call tools at all. */
  able: boolean;
  onChange: (value: ToolChoices) => void;
}

export function ToolsPicker({ value, able, onChange }: ToolsPickerProps) {
  const { data: settings } = useQuery(settingsQuery);
  const count = (value.on ?? settings?.tools ?? []).length;
  const used = able && count > 0;
  const label = used ? text.tools.some(count) : text.tools.off;
  return (
    <Popover
      label={text.tools.title}
      side="top"
      className="grounding-popover"
      trigger={
        <button
          type="button"
          className={classNames("button", "button-quiet", used && "button-on")}
          aria-label={`${text.tools.title}: ${label}`}
        >
          <Wrench size={16} aria-hidden />
          <span className="composer-tool-label">{label}</span>
        </button>
      }
    >
      <ToolsChoice value={value} able={able} onChange={onChange} />
    </Popover>
  );
}

export function ToolsChoice({ value, able, onChange }: ToolsPickerProps) {
  const { data: settings } = useQuery(settingsQuery);
  const { data: known } = useQuery(toolsQuery);
  const on = value.on ?? settings?.tools ?? [];
  const choose = (name: string) => onChange({ ...value, on: toggled(on, name) });
  const row = (tool: Tool) => (
    <ToolRow key={tool.name} tool={tool} value={{ on, unasked: value.unasked }} onToggle={choose} onChange={onChange} />
  );
  return (
    <fieldset className="document-choice">
      <legend className="field-label">{text.tools.here}</legend>
      {able ? undefined : <p className="field-hint">{text.tools.modelCannot}</p>}
      <div className="document-choice-list">
        {groupTools(known?.tools ?? [], known ? on : []).map((group) =>
          group.server === undefined ? (
            group.tools.map(row)
          ) : (
            <ServerTools key={group.server} group={group} on={on} onChoose={(next) => onChange({ ...value, on: next })}>
              {group.tools.map(row)}
            </ServerTools>
          ),
        )}
      </div>
      {value.on ? (
        <button
          type="button"
          className="button button-quiet"
          onClick={() => onChange({ on: null, unasked: value.unasked })}
        >
          {text.tools.asSettings}
        </button>
      ) : (
        <p className="field-hint">{text.tools.asSettingsHint}</p>
      )}
    </fieldset>
  );
}

interface ToolRowProps {
  tool: Tool;
  value: { on: readonly string[]; unasked: readonly string[] };
  onToggle: (name: string) => void;
  onChange: (value: ToolChoices) => void;
}

function ToolRow({ tool, value, onToggle, onChange }: ToolRowProps) {
  const { on, unasked } = value;
  return (
    <div>
      <label className="check-row" title={tool.description}>
        <input type="checkbox" checked={on.includes(tool.name)} onChange={() => onToggle(tool.name)} />
        <span>
          <code>{shortName(tool.name)}</code>
          {tool.changes ? ` (${text.tools.asks})` : ""}
        </span>
      </label>
      {tool.changes && on.includes(tool.name) ? (
        <label className="check-row tool-unasked">
          <input
            type="checkbox"
            checked={unasked.includes(tool.name)}
            onChange={() => onChange({ on: [...on], unasked: toggled(unasked, tool.name) })}
          />
          <span>{text.tools.withoutAsking(shortName(tool.name))}</span>
        </label>
      ) : undefined}
    </div>
  );
}
