import { expect, it } from "vitest";
import type { Exchange } from "@/lib/types";
import { join } from "./list";

const list = (...ids: string[]) => ids.map((id) => ({ id }) as Exchange);

it.each([
  ["what is new comes first", list("c", "b", "a"), list("b", "a"), "cba", false],
  ["nothing is new", list("b", "a"), list("b", "a"), "ba", false],
  ["an empty list fills", list("b", "a"), [], "ba", false],
  ["nothing was fetched yet", [], list("b", "a"), "ba", false],
  ["more is new than was fetched", list("e", "d"), list("b", "a"), "edba", true],
])("%s", (_, newest, before, expected, gap) => {
  const joined = join(newest, before);
  expect(joined.exchanges.map((exchange) => exchange.id).join("")).toBe(expected);
  expect(joined.gap).toBe(gap);
});
