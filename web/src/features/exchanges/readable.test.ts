import { expect, it } from "vitest";
import { readable } from "./readable";

it.each([
  ['{"a":[1,2]}', '{\n  "a": [\n    1,\n    2\n  ]\n}', "json"],
  ['{"a": "cut in the mid', '{"a": "cut in the mid', "json"],
  ["data: {}\n\n", "data: {}\n\n", "text"],
  ["", "", "text"],
])("%j", (body, code, language) => expect(readable(body)).toEqual({ code, language }));
