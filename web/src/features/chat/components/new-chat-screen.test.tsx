// Where a person is once the conversation is there that they began.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Conversation, Message, TurnStarted } from "@/lib/types";
import { TooltipProvider } from "@/ui/tooltip";
import { conversationQuery } from "../api";
import { NewChatScreen } from "./new-chat-screen";

const { navigate } = vi.hoisted(() => ({ navigate: vi.fn() }));
vi.mock("@tanstack/react-router", async (original) => ({
  ...(await original<object>()),
  useNavigate: () => navigate,
}));

const reply = { id: "a", conversation_id: "one", role: "assistant", text: "", status: "complete" } as Message;
let client: QueryClient;
let root: Root;
/** Answers the conversation that is being made. */
let made: ((response: Response) => void) | undefined;

const show = (screen: boolean) =>
  act(async () =>
    root.render(
      <QueryClientProvider client={client}>
        <TooltipProvider>
          {screen ? (
            <NewChatScreen
              welcome={(ask) => (
                <button type="button" id="ask" onClick={() => ask({ question: "Who are you?" })}>
                  Ask
                </button>
              )}
            />
          ) : undefined}
        </TooltipProvider>
      </QueryClientProvider>,
    ),
  );
const ask = async () => {
  await act(async () => document.querySelector<HTMLButtonElement>("#ask")?.click());
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(made).toBeDefined();
  });
};
const answered = async () => {
  made?.(Response.json({ id: "one", title: "" } as Conversation));
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(client.isMutating()).toBe(0);
  });
  expect(client.getQueryData(conversationQuery("one").queryKey)).toBeDefined();
};

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  vi.stubGlobal("fetch", (address: string, init: RequestInit) => {
    if (address.endsWith("/turns")) return Promise.resolve(Response.json({ reply } as TurnStarted));
    return new Promise<Response>((answer) => {
      if (init.method === "POST" && address === "/api/conversations") made = answer;
    });
  });
  localStorage.clear();
  navigate.mockReset();
  made = undefined;
  client = new QueryClient();
  root = createRoot(document.body.appendChild(document.createElement("div")));
  await show(true);
});

afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

it("is that conversation", async () => {
  await ask();
  await answered();
  expect(navigate).toHaveBeenCalledWith({ to: "/c/$conversationId", params: { conversationId: "one" } });
});

it("is where they went meanwhile", async () => {
  await ask();
  await show(false);
  await answered();
  expect(navigate).not.toHaveBeenCalled();
});
