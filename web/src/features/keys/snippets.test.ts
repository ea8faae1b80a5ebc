import { describe, expect, it } from "vitest";
import { snippetsOf } from "./snippets";

const ORIGIN = "http://127.0.0.1:7420";

describe("snippetsOf", () => {
  it.each([
    ["curl", "/v1/chat/completions"],
    ["openai", "/v1"],
    ["anthropic", "/anthropic"],
    ["google-genai", "/gemini"],
    ["ollama", "/ollama"],
  ])("%s calls its own door with the key", (id, door) => {
    const snippet = snippetsOf(ORIGIN, "fam-secret", "openai/gpt-4o").find((entry) => entry.id === id);
    const addresses = snippet?.code.match(/http:[^"\s]+/g);
    expect(addresses).toEqual([`${ORIGIN}${door}`]);
    expect(snippet?.code).toContain("fam-secret");
    expect(snippet?.code).toContain("openai/gpt-4o");
  });
});
