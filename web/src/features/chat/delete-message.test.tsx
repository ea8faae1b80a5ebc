// A message that is deleted can be brought back, also where its conversation was left before the server answered.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { DeletedMessages } from "@/lib/types";
import { Toasts } from "@/ui/toast";
import { useDeleteMessage } from "./api";

let root: Root;
let remove: (id: string) => void;
let answer: ((response: Response) => void) | undefined;
let asked: string[];

function Conversation() {
  const { mutate } = useDeleteMessage("one");
  useEffect(() => {
    remove = mutate;
  }, [mutate]);
  return null;
}

const client = new QueryClient();
const show = (conversation: boolean) =>
  act(async () =>
    root.render(
      <QueryClientProvider client={client}>
        {conversation ? <Conversation /> : undefined}
        <Toasts label="Notifications" closeLabel="Close" />
      </QueryClientProvider>,
    ),
  );
const undo = () => document.querySelector<HTMLButtonElement>(".toast-action");

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  asked = [];
  vi.stubGlobal("fetch", (address: string, init: RequestInit) => {
    asked.push(`${init.method} ${address}`);
    return new Promise<Response>((given) => {
      answer = given;
    });
  });
  root = createRoot(document.body.appendChild(document.createElement("div")));
  await show(true);
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

it("offers to bring it back in another place", async () => {
  await act(async () => remove("m1"));
  const path = "/api/conversations/one/messages/m1";
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(asked).toEqual([`DELETE ${path}`]);
  });
  await show(false);
  const deleted: DeletedMessages = { message_ids: ["m1", "m2"], leaf_id: null };
  answer?.(Response.json(deleted));
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(undo()).not.toBeNull();
  });
  await act(async () => undo()?.click());
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(asked.at(-1)).toBe(`POST ${path}/restore`);
  });
});
