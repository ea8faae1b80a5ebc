// Of the settings only what was changed is sent, and what is changed at the same time is all kept.
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { settingsChanged, settingsQuery, useChangeSettings } from "./settings";

let kept: Record<string, unknown>;
let sent: unknown[];
let answers: (() => void)[];
let client: QueryClient;
let change: ReturnType<typeof useChangeSettings>["mutate"];
let root: Root;

function Chooser() {
  useQuery(settingsQuery);
  const own = useChangeSettings().mutate;
  useEffect(() => {
    change = own;
  }, [own]);
  return undefined;
}

/** The server answers a change when the test says so. */
function take(body: Record<string, unknown>): Promise<Response> {
  sent.push(body);
  return new Promise((resolve) => {
    answers.push(() => {
      if (body["theme"] === "loud") {
        resolve(Response.json({ status: 422, code: "invalid", detail: "no such theme" }, { status: 422 }));
        return;
      }
      kept = { ...kept, ...body };
      resolve(Response.json(kept));
    });
  });
}

const shown = () => client.getQueryData(settingsQuery.queryKey);
const answer = () => act(async () => answers.shift()?.());

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  kept = { theme: "system", density: "comfortable", favourite_models: [], local_only: false };
  sent = [];
  answers = [];
  vi.stubGlobal("fetch", (_address: string, init: RequestInit) =>
    init.method === "PATCH"
      ? take(JSON.parse(String(init.body)) as Record<string, unknown>)
      : Promise.resolve(Response.json(kept)),
  );
  client = new QueryClient();
  root = createRoot(document.body.appendChild(document.createElement("div")));
  await act(async () =>
    root.render(
      <QueryClientProvider client={client}>
        <Chooser />
      </QueryClientProvider>,
    ),
  );
  await vi.waitFor(() => act(async () => expect(shown()).toMatchObject({ theme: "system" })), 20_000);
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

it("sends only what was changed, one after the other, and shows all of it at once", async () => {
  // Another window, of which this one does not know.
  kept = { ...kept, local_only: true };
  await act(async () => change({ theme: "dark" }));
  await act(async () => change({ favourite_models: ["one"] }));
  expect(shown()).toMatchObject({ theme: "dark", favourite_models: ["one"] });
  expect(sent).toEqual([{ theme: "dark" }]);
  await answer();
  await vi.waitFor(() => act(async () => expect(sent).toHaveLength(2)), 20_000);
  expect(sent[1]).toEqual({ favourite_models: ["one"] });
  expect(shown()).toMatchObject({ theme: "dark", favourite_models: ["one"] });
  await answer();
  await vi.waitFor(() => act(async () => expect(shown()).toMatchObject({ local_only: true })), 20_000);
  expect(shown()).toEqual({ theme: "dark", density: "comfortable", favourite_models: ["one"], local_only: true });
});

it("takes back what the server refuses, and nothing else", async () => {
  await act(async () => change({ theme: "loud" }));
  await act(async () => change({ density: "compact" }));
  await answer();
  await vi.waitFor(() => act(async () => expect(shown()).toMatchObject({ theme: "system" })), 20_000);
  expect(shown()).toMatchObject({ density: "compact" });
  await vi.waitFor(() => act(async () => expect(answers).toHaveLength(1)), 20_000);
  await answer();
  await vi.waitFor(() => act(async () => expect(client.isMutating()).toBe(0)), 20_000);
  expect(shown()).toMatchObject({ theme: "system", density: "compact" });
});

it("shows what another window chose, and not in the middle of a change", async () => {
  await act(async () => change({ theme: "dark" }));
  kept = { ...kept, density: "compact" };
  await act(async () => settingsChanged(client));
  expect(shown()).toMatchObject({ theme: "dark" });
  await answer();
  await vi.waitFor(() => act(async () => expect(shown()).toMatchObject({ theme: "dark", density: "compact" })), 20_000);
  await vi.waitFor(() => act(async () => expect(client.isMutating() + client.isFetching()).toBe(0)), 20_000);
  kept = { ...kept, favourite_models: ["two"] };
  await act(async () => settingsChanged(client));
  await vi.waitFor(() => act(async () => expect(shown()).toMatchObject({ favourite_models: ["two"] })), 20_000);
});
