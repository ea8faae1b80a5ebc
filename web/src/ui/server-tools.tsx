/** The tools of one server to choose from, folded at first while none of them is on; chosen ones that are away stay in sight. */
import { useState, type ReactNode } from "react";
import { text } from "@/lib/i18n";
import { chosenTokens, shortName, type ToolGroup } from "@/lib/tool-groups";

export interface ServerToolsProps {
  group: ToolGroup;
  /** The names of all tools that are on. */
  on: readonly string[];
  onChoose: (on: string[]) => void;
  /** A row for each of its tools. */
  children: ReactNode;
}

export function ServerTools({ group, on, onChoose, children }: ServerToolsProps) {
  const server = group.server ?? "";
  const names = group.tools.map((tool) => tool.name);
  const chosen = names.filter((name) => on.includes(name));
  const [open, setOpen] = useState(chosen.length > 0 || group.away.length > 0);
  const others = on.filter((name) => !names.includes(name));
  const isWhole = names.length > 0 && chosen.length === names.length;
  return (
    <details className="server-tools" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <bdi>{server}</bdi>{" "}
        <span className="field-hint">
          {text.tools.chosenOf(chosen.length, names.length, chosenTokens(group.tools, on))}
        </span>
      </summary>
      {names.length > 1 ? (
        <label className="check-row">
          <input
            type="checkbox"
            checked={isWhole}
            onChange={() => onChoose(isWhole ? others : [...others, ...names])}
          />
          <span>{text.tools.allOf(server)}</span>
        </label>
      ) : undefined}
      {children}
      {group.away.map((name) => (
        <label key={name} className="check-row">
          <input type="checkbox" checked onChange={() => onChoose(on.filter((other) => other !== name))} />
          <span>
            <code>{shortName(name)}</code> ({text.tools.away})
          </span>
        </label>
      ))}
    </details>
  );
}
