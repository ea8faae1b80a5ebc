// Changes of one conversation that follow each other at once: none takes another away, and what is refused is not shown.
import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Conversation } from "@/lib/types";
import { conversationQuery, useStartTurn, useUpdateConversation } from "./api";
import { useArrange } from "./folders-api";

const kept = { id: "one", title: "Kept", memory: true } as Conversation;
let client: QueryClient;
let root: Root;
let change: ReturnType<typeof useUpdateConversation>["mutate"];
let arrange: ReturnType<typeof useArrange>["mutate"];
let say: ReturnType<typeof useStartTurn>["mutate"];
/** Answers the changes that were sent, the first of them first. */
let answers: ((response: Response) => void)[];
/** The addresses that changes and turns were sent to. */
let asked: string[];

function Shown() {
  useQuery(conversationQuery("one"));
  const { mutate } = useUpdateConversation();
  const { mutate: file } = useArrange();
  const { mutate: start } = useStartTurn("one");
  useEffect(() => {
    change = mutate;
    arrange = file;
    say = start;
  }, [file, mutate, start]);
  return null;
}

const shown = () => client.getQueryData(conversationQuery("one").queryKey);
const sent = (count: number) => vi.waitFor(() => act(async () => expect(answers).toHaveLength(count)));

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  answers = [];
  asked = [];
  vi.stubGlobal("fetch", (address: string, init: RequestInit) => {
    if (init.method === "GET") return Promise.resolve(Response.json(kept));
    asked.push(address);
    return new Promise<Response>((answer) => answers.push(answer));
  });
  client = new QueryClient();
  root = createRoot(document.body.appendChild(document.createElement("div")));
  await act(async () =>
    root.render(
      <QueryClientProvider client={client}>
        <Shown />
      </QueryClientProvider>,
    ),
  );
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(shown()?.title).toBe("Kept");
  });
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

it("keeps what was changed after a change that is answered now", async () => {
  await act(async () => {
    change({ id: "one", change: { title: "Other" } });
    change({ id: "one", change: { memory: false } });
  });
  await sent(1);
  answers[0]?.(Response.json({ ...kept, title: "Other" }));
  await sent(2);
  expect([shown()?.title, shown()?.memory]).toEqual(["Other", false]);
  answers[1]?.(Response.json({ ...kept, title: "Said by the server", memory: false }));
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(shown()?.title).toBe("Said by the server");
  });
});

it("shows what the server has where one change after the other is refused", async () => {
  await act(async () => {
    change({ id: "one", change: { title: "Other" } });
    change({ id: "one", change: { title: "Another" } });
  });
  await sent(1);
  const no = () => Response.json({ detail: "no" }, { status: 409 });
  answers[0]?.(no());
  await sent(2);
  answers[1]?.(no());
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(client.isMutating()).toBe(0);
  });
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(shown()?.title).toBe("Kept");
  });
});

it("says something once the conversation lies where it was put", async () => {
  await act(async () => {
    arrange({ ids: ["one"], change: { kind: "use_folder", on: false } });
    arrange({ ids: ["one", "two"], change: { kind: "move", folder_id: "elsewhere" } });
    say({ text: "And now?", images: [] });
  });
  const filed = "/api/conversations/arrange";
  await sent(1);
  expect(asked).toEqual([filed]);
  answers[0]?.(Response.json({ places: [] }));
  await sent(2);
  expect(asked).toEqual([filed, filed]);
  answers[1]?.(Response.json({ places: [] }));
  await sent(3);
  expect(asked).toEqual([filed, filed, "/api/conversations/one/turns"]);
});
