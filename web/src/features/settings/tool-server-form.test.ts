import { describe, expect, it } from "vitest";
import { commandLine, ToolServerFormError, values, words } from "./tool-server-form";

describe("command lines", () => {
  it.each([
    ["npx -y server", ["npx", "-y", "server"]],
    ['  uvx  "my server"  --dir="C:\\Data Files" ', ["uvx", "my server", "--dir=C:\\Data Files"]],
    [String.raw`C:\tools\run.exe a\ b ''`, [String.raw`C:\tools\run.exe`, "a b", ""]],
    [String.raw`echo '\"' "a\"b\\c"`, ["echo", String.raw`\"`, String.raw`a"b\c`]],
    ["", []],
  ])("%s", (line, expected) => {
    expect(words(line)).toEqual(expected);
    expect(words(commandLine(expected))).toEqual(expected);
  });

  it("does not guess where a quote ends", () => {
    expect(() => words('npx "server')).toThrow(ToolServerFormError);
  });
});

describe("values", () => {
  it("are read line by line", () => {
    expect(values("A=1\n\n B_C = x=y \nEMPTY=", "=")).toEqual({ A: "1", B_C: "x=y", EMPTY: "" });
    expect(values("Authorization: Bearer a:b", ":")).toEqual({ Authorization: "Bearer a:b" });
  });

  it.each(["A", "=b", "A B=c"])("refuses %s", (line) => {
    expect(() => values(line, "=")).toThrow(ToolServerFormError);
  });
});
