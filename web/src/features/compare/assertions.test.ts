import { describe, expect, it } from "vitest";
import { asAssertion, asDraft, KINDS } from "./assertions";

describe("an assertion", () => {
  it.each([
    { kind: "contains", value: "Paris" },
    { kind: "lacks", value: "sorry" },
    { kind: "matches", value: "\\d+" },
    { kind: "schema", value: JSON.stringify({ type: "number" }, undefined, 2) },
    { kind: "at_most_words", value: "20" },
    { kind: "judge", value: "It is polite." },
  ] as const)("stays what it is when it is written and read: $kind", (draft) => {
    const read = asAssertion(draft);
    expect(read && asDraft(read)).toEqual(draft);
  });

  it("is not read where it cannot be meant", () => {
    expect(asAssertion({ kind: "schema", value: "{" })).toBeUndefined();
    expect(asAssertion({ kind: "at_most_words", value: "few" })).toBeUndefined();
    expect(KINDS.length).toBe(6);
  });
});
