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

  it("is found behind a long text, and not within a word at the edge of what is looked through", () => {
    const name = "n".repeat(40);
    const found = asked(`${"words ".repeat(1_000)}@${name}`, 6_041);
    expect(found).toEqual({ trigger: "@", query: name, from: 6_000, to: 6_041 });
    const wide = "😀".repeat(40);
    expect(asked(`me @${wide}`, 84)).toEqual({ trigger: "@", query: wide, from: 3, to: 84 });
    expect(asked(`me@${wide}`, 83)).toBeUndefined();
    expect(asked(`@${name}n`, 42)).toBeUndefined();
  });

  it("is what stands before the caret, and is taken out", () => {
    const found = asked("ask @gp about tea", 7);
    expect(found?.query).toBe("gp");
    expect(found && without("ask @gp about tea", found)).toEqual({ value: "ask  about tea", caret: 4 });
    const command = asked("/stop", 5);
    expect(command && without("/stop", command)).toEqual({ value: "", caret: 0 });
  });
});
