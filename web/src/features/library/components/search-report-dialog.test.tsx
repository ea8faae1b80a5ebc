// Forgetting all searches cannot be undone, so it is asked first.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { SearchReportDialog } from "./search-report-dialog";

const report = {
  days: 30,
  searches: 3,
  without_hits: 1,
  opened: 1,
  opened_near_top: 1,
  frequent: [{ query: "lantern", asked: 3 }],
  missed: [],
  popular: [],
};
let methods: string[];
let root: Root;

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  methods = [];
  vi.stubGlobal("fetch", (_address: string, init: RequestInit) => {
    methods.push(String(init.method));
    const gone = methods.includes("DELETE");
    if (init.method === "DELETE") return Promise.resolve(new Response(null, { status: 204 }));
    return Promise.resolve(Response.json(gone ? { ...report, searches: 0, frequent: [] } : report));
  });
  root = createRoot(document.body.appendChild(document.createElement("div")));
  await act(async () =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <SearchReportDialog onClose={() => undefined} />
      </QueryClientProvider>,
    ),
  );
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(buttons("Forget all searches")).toHaveLength(1);
  });
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

it("asks before, and forgets nothing where the answer is no", async () => {
  await press(buttons("Forget all searches")[0]);
  expect(document.body.textContent).toContain("Forget all searches?");
  expect(document.body.textContent).toContain("This cannot be undone.");
  await press(buttons("Cancel")[0]);
  expect(document.body.textContent).not.toContain("Forget all searches?");
  expect(methods).not.toContain("DELETE");
});

it("forgets where the answer is yes, and shows that nothing is left", async () => {
  await press(buttons("Forget all searches")[0]);
  await press(buttons("Forget all searches").at(-1));
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(document.body.textContent).toContain("Nothing was searched for yet.");
  });
  expect(methods.filter((method) => method === "DELETE")).toHaveLength(1);
  expect(document.body.textContent).not.toContain("Forget all searches?");
});
