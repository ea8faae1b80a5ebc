// What is asked of several stays while it is not sent, and is taken out alone when it is.
import { act, useEffect } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useDraft, type Draft } from "@/lib/use-draft";
import { TooltipProvider } from "@/ui/tooltip";
import { QuestionField } from "./question-field";

const KEPT = "familiar.draft.compare.one";
let root: Root;
let place: HTMLElement;
let draft: Draft;

function Around() {
  const own = useDraft("compare.one");
  useEffect(() => {
    draft = own;
  }, [own]);
  return (
    <QuestionField draft={own} placeholder="" onSend={() => undefined}>
      {undefined}
    </QuestionField>
  );
}

function open() {
  root = createRoot(place);
  act(() =>
    root.render(
      <TooltipProvider>
        <Around />
      </TooltipProvider>,
    ),
  );
}
const field = () => place.querySelector("textarea");

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  vi.useFakeTimers();
  localStorage.clear();
  place = document.createElement("div");
  document.body.append(place);
  open();
});
afterEach(() => {
  act(() => root.unmount());
  place.remove();
  vi.useRealTimers();
});

it("is a draft until it was asked", () => {
  act(() => draft.words.set("Which is older?"));
  act(() => root.unmount());
  expect(localStorage.getItem(KEPT)).toBe("Which is older?");
  open();
  expect(field()?.value).toBe("Which is older?");
});

it("keeps what is written while the question is on its way", () => {
  act(() => draft.words.set("Which is older?\nAnd why?"));
  act(() => draft.clear("Which is older?", []));
  expect(field()?.value).toBe("And why?");
  act(() => draft.clear("And why?", []));
  expect(field()?.value).toBe("");
  expect(localStorage.getItem(KEPT)).toBeNull();
});
