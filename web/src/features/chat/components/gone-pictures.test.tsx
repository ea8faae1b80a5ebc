// What the next turn leaves out is named, with the message it came with.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { GonePictures } from "@/lib/types";
import { LeftOut } from "./gone-pictures";

vi.mock("@tanstack/react-router", () => ({
  Link: ({ search, children }: { search: { message: string }; children: ReactNode }) => (
    <a href={`#${search.message}`}>{children}</a>
  ),
}));

let asked: string[];
let root: Root;

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  asked = [];
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

async function shown(gone: GonePictures, leafId: string): Promise<void> {
  vi.stubGlobal("fetch", (address: string) => {
    asked.push(address);
    return Promise.resolve(Response.json(gone));
  });
  root = createRoot(document.body.appendChild(document.createElement("div")));
  await act(async () =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <LeftOut conversationId="c" leafId={leafId} />
      </QueryClientProvider>,
    ),
  );
}

const from = (message_id: string, alt: string): GonePictures["messages"][number] => ({
  message_id,
  created_at: "2026-01-02T03:04:05Z",
  text: `What is ${alt}?`,
  pictures: [{ media_type: "image/png", data: "", alt, gone: { days: 30, size_bytes: 5 } }],
});

it("names pictures that are not kept any more, and the messages they came with", async () => {
  const messages = ["a", "b", "c", "d", "e", "f"].map((id) => from(id, `${id}.png`));
  await shown({ count: 8, messages }, "leaf");
  const section = () => document.querySelector("section");
  await vi.waitFor(() => act(async () => expect(section()).not.toBeNull()), 20_000);
  expect(asked).toEqual(["/api/conversations/c/gone-pictures?leaf=leaf"]);
  const words = section()?.textContent ?? "";
  expect(words).toContain("8 pictures are not kept any more; models are told so.");
  expect(words).toContain("a.png (5 B), deleted after 30 days");
  expect(words).toContain("What is e.png?");
  expect(words).not.toContain("f.png");
  expect(words).toContain("and 3 earlier pictures");
  expect(section()?.querySelector("a")?.getAttribute("href")).toBe("#a");
});

it("says nothing where all pictures are there", async () => {
  await shown({ count: 0, messages: [] }, "leaf");
  await vi.waitFor(() => act(async () => expect(asked).toHaveLength(1)), 20_000);
  expect(document.body.textContent).toBe("");
});

it("does not ask behind a message that the server does not have yet", async () => {
  await shown({ count: 1, messages: [from("a", "a.png")] }, "pending-1");
  expect(asked).toEqual([]);
  expect(document.body.textContent).toBe("");
});
