// Whichever style sheet comes first, the layers have the same order.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { layers, orderIn } from "./layers";

describe("layers", () => {
  const order = orderIn(readFileSync("src/styles/tokens.css", "utf8"));

  it("takes the order from where it is said", () => {
    expect(order).toBe("@layer tokens, base, ui, shell, features;");
    expect(() => orderIn("@layer base { a { color: red } }")).toThrow("order");
  });

  it("heads every style sheet and nothing else", () => {
    const bytes = new TextEncoder().encode("q{color:ä}");
    const bundle = {
      "assets/base.css": { type: "asset", fileName: "assets/base.css", source: "@layer ui{a{color:red}}" },
      "assets/bytes.css": { type: "asset", fileName: "assets/bytes.css", source: bytes },
      "assets/a.png": { type: "asset", fileName: "assets/a.png", source: new Uint8Array([1]) },
    };
    const { generateBundle } = layers();
    const run = typeof generateBundle === "function" ? generateBundle : generateBundle?.handler;
    Reflect.apply(run as () => void, undefined, [{}, bundle]);
    expect(bundle["assets/base.css"].source).toBe(`${order}@layer ui{a{color:red}}`);
    expect(bundle["assets/bytes.css"].source).toBe(`${order}q{color:ä}`);
    expect(bundle["assets/a.png"].source).toEqual(new Uint8Array([1]));
  });
});
