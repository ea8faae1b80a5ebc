import { describe, expect, it } from "vitest";
import { chosenTokens, groupTools, shortName } from "./tool-groups";
import type { Tool } from "./types";

const tool = (name: string, server?: string): Tool => ({
  name,
  description: "",
  changes: false,
  tokens: 10,
  ...(server ? { server } : {}),
});

describe("groups of tools", () => {
  const tools = [tool("now"), tool("mcp__web__read", "web"), tool("mcp__files__read", "files")];

  it("has Familiar's own first and servers by name", () => {
    expect(groupTools(tools, []).map((group) => group.server)).toEqual([undefined, "files", "web"]);
  });

  it("keeps chosen tools of servers that are away in sight", () => {
    const groups = groupTools(tools, ["now", "mcp__gone__x", "mcp__web__old", "mcp__web__read"]);
    expect(groups.find((group) => group.server === "gone")).toEqual({
      server: "gone",
      tools: [],
      away: ["mcp__gone__x"],
    });
    expect(groups.find((group) => group.server === "web")?.away).toEqual(["mcp__web__old"]);
  });

  it("adds up what is chosen", () => {
    expect(chosenTokens(tools, ["now", "mcp__web__read", "mcp__gone__x"])).toBe(20);
    expect(shortName("mcp__a_b___c__d")).toBe("_c__d");
    expect(shortName("now")).toBe("now");
  });
});
