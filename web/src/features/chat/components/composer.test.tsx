// What a letter in the composer renders, and what is kept of it.
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { countRender } from "@/lib/renders";
import { TooltipProvider } from "@/ui/tooltip";
import { useDraft, type Draft } from "@/lib/use-draft";
import { Composer } from "./composer";

const KEPT = "familiar.draft.one";
let root: Root;
let place: HTMLElement;
let draft: Draft;
const sent = vi.fn();

function Around() {
  const own = useDraft("one");
  useEffect(() => {
    draft = own;
  }, [own]);
  countRender("around");
  return (
    <Composer
      draft={own}
      sees
      sending={false}
      answering={false}
      onSend={sent}
      onStop={() => undefined}
      choices={undefined}
      model={undefined}
      tokensBefore={0}
    />
  );
}

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  vi.useFakeTimers();
  localStorage.clear();
  sent.mockReset();
  place = document.createElement("div");
  document.body.append(place);
  root = createRoot(place);
  act(() =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <TooltipProvider>
          <Around />
        </TooltipProvider>
      </QueryClientProvider>,
    ),
  );
});
afterEach(() => {
  act(() => root.unmount());
  place.remove();
  globalThis.familiarRenders = undefined;
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const field = () => place.querySelector("textarea") as HTMLTextAreaElement;

function type(words: string): void {
  const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value")?.set;
  for (let length = 1; length <= words.length; length += 1)
    act(() => {
      set?.call(field(), words.slice(0, length));
      field().dispatchEvent(new Event("input", { bubbles: true }));
    });
}

it("renders the field with a letter and nothing around it", () => {
  type("a");
  globalThis.familiarRenders = {};
  type("a letter at a time");
  expect(field().value).toBe("a letter at a time");
  // The first was there already.
  expect(globalThis.familiarRenders).toEqual({ "composer-field": "a letter at a time".length - 1 });
});

it("writes a draft when the hand rests, and at once what is sent", () => {
  type("half a thou");
  expect(localStorage.getItem(KEPT)).toBeNull();
  act(() => vi.advanceTimersByTime(1_000));
  expect(localStorage.getItem(KEPT)).toBe("half a thou");
  act(() => draft.clear("half a thou", []));
  expect(field().value).toBe("");
  expect(localStorage.getItem(KEPT)).toBeNull();
});

it("sends with Enter what is not only space, and keeps what was written since", () => {
  const enter = () =>
    act(() => {
      field().dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    });
  type("  ");
  enter();
  expect(sent).not.toHaveBeenCalled();
  type(" hello");
  enter();
  expect(sent).toHaveBeenCalledOnce();
  type(" hello and more");
  act(() => draft.clear("hello", []));
  expect(field().value).toBe("and more");
});

it("puts back what was refused, before what was written since, also after its window was left", () => {
  type("refused");
  act(() => draft.clear("refused", []));
  type("since");
  act(() => draft.restore("refused", []));
  expect(field().value).toBe("refused\n\nsince");
  act(() => draft.clear("refused\n\nsince", []));
  act(() => root.render(null));
  draft.restore("refused", []);
  expect(localStorage.getItem(KEPT)).toBe("refused");
});

it("keeps every picture where several are read at the same time", async () => {
  vi.useRealTimers();
  const paste = (name: string) => {
    const event = new Event("paste", { bubbles: true, cancelable: true });
    const files = [new File(["GIF89a"], name, { type: "image/gif" })];
    field().dispatchEvent(Object.assign(event, { clipboardData: { files } }));
  };
  await act(async () => {
    paste("one.gif");
    paste("two.gif");
  });
  const names = () => draft.images.map((image) => image.alt).toSorted();
  await vi.waitFor(async () => {
    await act(async () => undefined);
    expect(names()).toEqual(["one.gif", "two.gif"]);
  });
});
