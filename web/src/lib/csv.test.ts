import { describe, expect, it } from "vitest";
import { toCsv } from "./csv";

describe("toCsv", () => {
  it("quotes what needs quotes and leaves figures alone", () => {
    expect(
      toCsv(
        ["name", "cost"],
        [
          ["a, b", "0.25"],
          ['say "hi"\nthere', -1],
          [null, undefined],
        ],
      ),
    ).toBe('name,cost\r\n"a, b",0.25\r\n"say ""hi""\nthere",-1\r\n,\r\n');
  });

  it("never hands a formula to a spreadsheet", () => {
    expect(toCsv(["a"], [["=1+1"], ["@x"], ["-2.50"]])).toBe("a\r\n'=1+1\r\n'@x\r\n-2.50\r\n");
  });
});
