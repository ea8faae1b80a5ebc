import { describe, expect, it } from "vitest";
import { bodyOf, draftOf, nextName, problemsOf, variantDraft, type Draft, type VariantDraft } from "./draft";

const filled = (): Draft => ({
  ...draftOf(undefined),
  name: "cheaper",
  target: "main",
  variants: [variantDraft("a", { model: "p/x" }), variantDraft("b", { model: "p/y" })],
});

const each = (part: Partial<VariantDraft>) => filled().variants.map((one) => Object.assign(one, part));

describe("the form of an experiment", () => {
  it("says what is missing", () => {
    expect(problemsOf(draftOf(undefined))).toEqual(["name", "target", "change"]);
    expect(problemsOf(filled())).toEqual([]);
    const cases: [Partial<Draft>, string][] = [
      [{ name: "a b" }, "name"],
      [{ effect: 0 }, "effect"],
      [{ effect: 60 }, "effect"],
      [{ alpha: Number.NaN }, "alpha"],
      [{ most: 3 }, "most"],
      [{ variants: filled().variants.slice(0, 1) }, "variants"],
      [{ variants: each({ name: "a" }) }, "variants"],
      [{ variants: each({ share: 0 }) }, "variants"],
      [{ variants: each({ model: "p/x" }) }, "change"],
    ];
    for (const [change, problem] of cases) expect(problemsOf({ ...filled(), ...change })).toEqual([problem]);
    expect(problemsOf({ ...filled(), effect: 60, goal: "cost" })).toEqual([]);
  });

  it("sends only what the kind is about", () => {
    const body = bodyOf(filled());
    expect(body).toMatchObject({ alpha: 0.05, effect: 0.05, guard_failures: 0.1, guard_cost: null });
    expect(body.variants[0]).toEqual({ name: "a", share: 1, model: "p/x" });
    const warm = { ...variantDraft("warm", { model: "p/x" }), temperature: "1.2", fit: "off", cache: "0" };
    const feature = bodyOf({ ...filled(), kind: "feature", variants: [variantDraft("plain"), warm] });
    expect(feature.variants).toEqual([
      { name: "plain", share: 1 },
      { name: "warm", share: 1, temperature: 1.2, cache_ttl_seconds: 0, fit_context: false },
    ]);
    const fastest = { ...variantDraft("f"), strategy: "load_balanced", balancer: "fastest", parallel: "4" };
    expect(bodyOf({ ...filled(), kind: "load", variants: [fastest] }).variants[0]).toEqual({
      name: "f",
      share: 1,
      strategy: "load_balanced",
      balancer: "fastest",
      parallel: 4,
    });
  });

  it("finds a free name", () => {
    expect(nextName(filled().variants)).toBe("c");
    expect(nextName([variantDraft("b")])).toBe("a");
  });
});
