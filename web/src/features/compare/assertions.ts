/** What an answer has to be like, as it is written in a form: pure. */
import type { PromptAssertion } from "@/lib/types";

export const KINDS = ["contains", "lacks", "matches", "schema", "at_most_words", "judge"] as const;
export type Kind = (typeof KINDS)[number];

export interface AssertionDraft {
  kind: Kind;
  value: string;
}

export function asDraft(assertion: PromptAssertion): AssertionDraft {
  switch (assertion.kind) {
    case "contains":
    case "lacks":
      return { kind: assertion.kind, value: assertion.text };
    case "matches":
      return { kind: "matches", value: assertion.pattern };
    case "schema":
      return { kind: "schema", value: JSON.stringify(assertion.schema, undefined, 2) };
    case "at_most_words":
      return { kind: "at_most_words", value: String(assertion.words) };
    case "judge":
      return { kind: "judge", value: assertion.criterion };
  }
}

/** Nothing where what is written is no JSON or no number. */
export function asAssertion({ kind, value }: AssertionDraft): PromptAssertion | undefined {
  switch (kind) {
    case "contains":
    case "lacks":
      return { kind, text: value };
    case "matches":
      return { kind, pattern: value };
    case "schema":
      try {
        return { kind, schema: JSON.parse(value) as Record<string, never> };
      } catch {
        return undefined;
      }
    case "at_most_words": {
      const words = Number(value);
      return Number.isInteger(words) && words > 0 ? { kind, words } : undefined;
    }
    case "judge":
      return { kind, criterion: value };
  }
}
