// Emptying the cache of replies may cost money, so it is asked first.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { CachesPanel } from "./caches-panel";

const total = { hits: 3, shared: 0, semantic: 0, misses: 1, hit_percent: 75, saved_usd: "0.5" };
const ANSWERS: Record<string, unknown> = {
  "/api/cache": { entries: 3, bytes: 900, semantic_entries: 0, total, routes: [] },
  "/api/library/meaning": { documents: 30, embedded: 12, model: "on-device/small", serving: null },
  "/api/models": { models: [], routes: [], default: null },
};
let asked: string[];
let root: Root;

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  asked = [];
  vi.stubGlobal("fetch", (address: string, init: RequestInit) => {
    asked.push(`${init.method} ${address}`);
    if (init.method === "DELETE") return Promise.resolve(new Response(null, { status: 204 }));
    return Promise.resolve(Response.json(ANSWERS[address]));
  });
  root = createRoot(document.body.appendChild(document.createElement("div")));
  await act(async () =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <CachesPanel />
      </QueryClientProvider>,
    ),
  );
  await vi.waitFor(() => act(async () => expect(buttons("Empty")).toHaveLength(1)), 20_000);
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

function buttons(name: string): HTMLButtonElement[] {
  return [...document.querySelectorAll("button")].filter((button) => button.textContent === name);
}

const press = (button: HTMLButtonElement | undefined) => act(async () => button?.click());

it("says what is kept and what came of it", () => {
  expect(document.body.textContent).toContain("3 kept");
  expect(document.body.textContent).toContain("12 of 30 documents");
});

it("empties only where the answer is yes", async () => {
  await press(buttons("Empty")[0]);
  expect(document.body.textContent).toContain("Empty the cache of replies?");
  await press(buttons("Cancel")[0]);
  expect(asked).not.toContain("DELETE /api/cache");
  await press(buttons("Empty")[0]);
  await press(buttons("Empty").at(-1));
  await vi.waitFor(() => expect(asked).toContain("DELETE /api/cache"), 20_000);
});
