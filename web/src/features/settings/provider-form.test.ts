import { describe, expect, it } from "vitest";
import type { Provider } from "@/lib/types";
import { HeaderLineError, putOf, type ProviderForm } from "./provider-form";

const unset = { first_byte_ms: null, first_token_ms: null, stall_ms: null, total_ms: null };
const empty: ProviderForm = {
  baseUrl: "",
  apiKey: "",
  models: "",
  organisation: "",
  project: "",
  proxy: "",
  headers: "",
  forgetHeaders: false,
  timeOuts: { connect_ms: "", first_byte_ms: "", first_token_ms: "", stall_ms: "", total_ms: "" },
};
const kept: Provider = {
  name: "work",
  vendor: "openai",
  dialect: "openai-chat",
  base_url: "https://api.example/v1",
  key_source: "settings",
  editable: true,
  models: 2,
  only_models: ["a", "b"],
  organisation: "org-1",
  project: null,
  proxy: "http://proxy:8080",
  headers: ["x-team"],
  timeouts: { connect_ms: 2500, ...unset },
};
const shown: ProviderForm = {
  ...empty,
  models: "a\nb",
  organisation: "org-1",
  proxy: "http://proxy:8080",
  timeOuts: { ...empty.timeOuts, connect_ms: "2.5" },
};

describe("what is sent of a provider", () => {
  it("is nothing but the vendor where nothing is said", () => {
    expect(putOf("openai", empty, undefined)).toEqual({ vendor: "openai", models: [] });
  });
  it("leaves alone what was not changed", () => {
    expect(putOf("openai", shown, kept)).toEqual({ vendor: "openai", models: ["a", "b"] });
  });
  it("forgets what was emptied and sets what was typed", () => {
    const changed = {
      ...shown,
      organisation: "",
      project: "p-2",
      headers: "X-Team: blue\n\nX-Url: http://x:1/ ",
      timeOuts: { ...shown.timeOuts, connect_ms: "", total_ms: "90" },
    };
    expect(putOf("openai", changed, kept)).toEqual({
      vendor: "openai",
      models: ["a", "b"],
      organisation: "",
      project: "p-2",
      headers: { "X-Team": "blue", "X-Url": "http://x:1/" },
      timeouts: { ...unset, connect_ms: null, total_ms: 90_000 },
    });
  });
  it("forgets headers only when asked to", () => {
    expect(putOf("openai", { ...shown, forgetHeaders: true }, kept).headers).toEqual({});
  });
  it.each(["nonsense", ": value", "X-Team:", "X Team: blue"])("says that %j is no header", (line) => {
    expect(() => putOf("openai", { ...empty, headers: line }, undefined)).toThrow(HeaderLineError);
  });
});
