import { describe, expect, it } from "vitest";
import { readable } from "./tool-words";

describe("the arguments of a call", () => {
  it("are shown by the line where they are JSON", () => {
    expect(readable('{"dice":"2d6","times":[1,2]}')).toBe(
      ["{", '  "dice": "2d6",', '  "times": [', "    1,", "    2", "  ]", "}"].join("\n"),
    );
  });

  it.each(["", "{", "roll two dice", '{"text":'])(
    "are shown as they were written where they are not: %j",
    (written) => {
      expect(readable(written)).toBe(written);
    },
  );
});
