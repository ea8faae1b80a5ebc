// What is said below an answer that was held against its sources.
import { act } from "react";
import { createRoot } from "react-dom/client";
import { beforeEach, expect, it } from "vitest";
import type { Message } from "@/lib/types";
import { AnswerDoubts } from "./answer-doubts";

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});

function shown(checked: NonNullable<Message["checked"]>): HTMLElement {
  const place = document.createElement("div");
  act(() => createRoot(place).render(<AnswerDoubts checked={checked} />));
  return place;
}

it("names each doubtful sentence with its reason, in words and not by colour alone", () => {
  const place = shown({
    claims: 4,
    doubts: [
      { sentence: "It opens at nine [1].", grade: "unsupported", reason: "figure", detail: "nine" },
      { sentence: "It is blue.", grade: "weak", reason: "uncited", source: 2 },
    ],
  });
  expect(place.querySelector("summary")?.textContent).toBe(
    "Held against the sources: 2 of 4 claims not fully borne out",
  );
  const lines = [...place.querySelectorAll("li")].map((line) => line.textContent);
  expect(lines[0]).toContain("Not borne out. The figure nine does not stand in the sources");
  expect(lines[0]).toContain("It opens at nine [1].");
  expect(lines[1]).toContain("In doubt. It names no source; source 2 says so.");
});

it("says quietly that all is borne out, and nothing of an answer that claims nothing", () => {
  expect(shown({ claims: 3, doubts: [] }).textContent).toBe("Held against the sources: all 3 claims are borne out.");
  expect(shown({ claims: 0, doubts: [] }).textContent).toBe("");
});

it("shows the marks of older answers, of which no reasons were kept", () => {
  const place = shown({ doubts: [{ sentence: "So.", grade: "unsupported", reason: "unknown" }] });
  expect(place.querySelector("summary")?.textContent).toBe("1 sentence not borne out by the sources");
});
