/** Tools by where they come from: Familiar's own first, then those of each server, with chosen ones that are away. */
import type { Tool } from "./types";

export interface ToolGroup {
  /** The server; undefined for Familiar itself. */
  server: string | undefined;
  tools: readonly Tool[];
  /** Names that are chosen and cannot be called at the moment. */
  away: readonly string[];
}

export function groupTools(tools: readonly Tool[], chosen: readonly string[]): ToolGroup[] {
  const groups = new Map<string, { tools: Tool[]; away: string[] }>();
  const of = (server: string) => {
    const group = groups.get(server) ?? { tools: [], away: [] };
    groups.set(server, group);
    return group;
  };
  for (const tool of tools) if (tool.server) of(tool.server).tools.push(tool);
  const known = new Set(tools.map((tool) => tool.name));
  for (const name of chosen) {
    const server = /^mcp__(.+?)__/.exec(name)?.[1];
    if (server && !known.has(name)) of(server).away.push(name);
  }
  const own = tools.filter((tool) => !tool.server);
  const others = [...groups].toSorted(([one], [other]) => one.localeCompare(other));
  return [
    ...(own.length > 0 ? [{ server: undefined, tools: own, away: [] }] : []),
    ...others.map(([server, group]) => ({ server, tools: group.tools, away: group.away })),
  ];
}

/** What the chosen ones of these add to each prompt. */
export function chosenTokens(tools: readonly Tool[], chosen: readonly string[]): number {
  return tools.filter((tool) => chosen.includes(tool.name)).reduce((sum, tool) => sum + tool.tokens, 0);
}

/** A tool's own name, without that of its server. */
export function shortName(name: string): string {
  return name.replace(/^mcp__.+?__/, "");
}

/** The list with a name that it lacked, or without one that it had. */
export function toggled(list: readonly string[], name: string): string[] {
  return list.includes(name) ? list.filter((other) => other !== name) : [...list, name];
}
