import { describe, expect, it } from "vitest";
import { asked, without } from "./suggest";

describe("what a character asks for", () => {
  it.each([
    ["/", "/", ""],
    ["/write it", "/", "write it"],
    ["@", "@", ""],
    ["ask @gpt", "@", "gpt"],
    ["line\n#hand", "#", "hand"],
    ["@名", "@", "名"],
  ])("%j", (value, trigger, query) => {
    const found = asked(value, value.length);
    expect([found?.trigger, found?.query]).toEqual([trigger, query]);
    if (found) expect(value.slice(found.from, found.to)).toBe(`${trigger}${query}`);
  });

  it.each(["", "a/b", "and/or", "me@example.org", "C# is", "# heading text", "a /path", "/usr/bin", "50 @ home"])(
    "%j asks for nothing",
    (value) => expect(asked(value, value.length)).toBeUndefined(),
  );

  it("is what stands before the caret, and is taken out", () => {
    const found = asked("ask @gp about tea", 7);
    expect(found?.query).toBe("gp");
    expect(found && without("ask @gp about tea", found)).toEqual({ value: "ask  about tea", caret: 4 });
    const command = asked("/stop", 5);
    expect(command && without("/stop", command)).toEqual({ value: "", caret: 0 });
  });
});
