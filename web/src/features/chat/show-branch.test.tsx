// Versions that are chosen fast one after the other: the last of them is shown, however late the others are answered.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Conversation, Message } from "@/lib/types";
import { useShowBranch } from "./api";
import { emptyThread, load } from "./model";
import { threadQuery } from "./thread-api";

const message = (id: string, parent?: string) =>
  ({ id, text: id, status: "complete", ...(parent ? { parent_id: parent } : {}) }) as Message;
const ASKED = message("q");
/** What was said last behind the second version, which is not here. */
const DEEP = { messages: [ASKED, message("a2", "q"), message("a2-deep", "a2")], leaf_id: "a2-deep", end_id: "a2-deep" };

let client: QueryClient;
let root: Root;
let choose: (id: string) => void;
/** Answers the choices and the fetches of messages that were sent, the first of each first. */
let choices: ((response: Response) => void)[];
let pieces: ((response: Response) => void)[];

function Shown() {
  const { mutate } = useShowBranch("one");
  useEffect(() => {
    choose = (id) => mutate({ messageId: id, leafId: id });
  }, [mutate]);
  return null;
}

const shown = () => client.getQueryData(threadQuery("one").queryKey);
const have = (sent: unknown[], count: number) => vi.waitFor(() => act(async () => expect(sent).toHaveLength(count)));
const ended = () => vi.waitFor(() => act(async () => expect(client.isMutating()).toBe(0)));
const chosen = (leaf_id: string) => Response.json({ id: "one", leaf_id } as Conversation);

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  choices = [];
  pieces = [];
  vi.stubGlobal(
    "fetch",
    (_address: string, init: RequestInit) =>
      new Promise<Response>((answer) => (init.method === "PATCH" ? choices : pieces).push(answer)),
  );
  client = new QueryClient();
  const messages = [ASKED, message("a1", "q"), message("a2", "q"), message("a3", "q")];
  client.setQueryData(threadQuery("one").queryKey, load(emptyThread, { messages, leaf_id: "a1" }));
  root = createRoot(document.body.appendChild(document.createElement("div")));
  await act(async () =>
    root.render(
      <QueryClientProvider client={client}>
        <Shown />
      </QueryClientProvider>,
    ),
  );
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

it("shows all that was said behind the version that was chosen", async () => {
  await act(async () => choose("a2"));
  expect(shown()?.leafId).toBe("a2");
  await have(choices, 1);
  choices[0]?.(chosen("a2-deep"));
  await have(pieces, 1);
  pieces[0]?.(Response.json(DEEP));
  await ended();
  expect(shown()?.leafId).toBe("a2-deep");
});

it("shows the last where one before it is answered later", async () => {
  await act(async () => {
    choose("a2");
    choose("a3");
  });
  await have(choices, 1);
  choices[0]?.(chosen("a2-deep"));
  await have(choices, 2);
  // Were the messages behind the second asked for, they would come here.
  for (const answer of pieces) answer(Response.json(DEEP));
  choices[1]?.(chosen("a3"));
  await ended();
  expect(shown()?.leafId).toBe("a3");
});

it("shows the last where the messages behind one before it come later", async () => {
  await act(async () => choose("a2"));
  await have(choices, 1);
  choices[0]?.(chosen("a2-deep"));
  await have(pieces, 1);
  await act(async () => choose("a3"));
  await have(choices, 2);
  pieces[0]?.(Response.json(DEEP));
  choices[1]?.(chosen("a3"));
  await ended();
  expect(shown()?.leafId).toBe("a3");
  expect(shown()?.messages["a2-deep"]).toBeDefined();
});
