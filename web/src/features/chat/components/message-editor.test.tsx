// What the keys do in a message that is being changed.
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Message } from "@/lib/types";
import { ThreadActionsProvider, type ThreadActions } from "../thread-actions";
import { MessageEditor } from "./message-editor";

const said = { id: "q", role: "user", text: "Which is older?" } as Message;
const actions = { resend: vi.fn(async () => false), save: vi.fn(async () => false) };
let root: Root;

const show = (busy: boolean) =>
  act(() =>
    root.render(
      <ThreadActionsProvider value={actions as unknown as ThreadActions}>
        <MessageEditor message={said} busy={busy} onDone={() => undefined} />
      </ThreadActionsProvider>,
    ),
  );
async function press(init: KeyboardEventInit): Promise<Event> {
  const event = new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init });
  await act(async () => void document.querySelector("textarea")?.dispatchEvent(event));
  return event;
}

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  actions.resend.mockClear();
  actions.save.mockClear();
  root = createRoot(document.body.appendChild(document.createElement("div")));
});
afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
});

it("says it again with Enter once no answer is being written", async () => {
  show(true);
  const event = await press({ key: "Enter" });
  expect(event.defaultPrevented).toBe(true);
  expect(actions.resend).not.toHaveBeenCalled();
  show(false);
  await press({ key: "Enter" });
  expect(actions.resend).toHaveBeenCalledExactlyOnceWith(said, "Which is older?");
});

it("saves the words also while an answer is being written", async () => {
  show(true);
  await press({ key: "s", ctrlKey: true });
  expect(actions.save).toHaveBeenCalledExactlyOnceWith(said, "Which is older?");
});
