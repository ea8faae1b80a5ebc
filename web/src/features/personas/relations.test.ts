import { expect, test } from "vitest";
import type { PersonaRelation } from "@/lib/types";
import { placesOf } from "./relations";

function relation(toward: string, values: Record<string, number>): PersonaRelation {
  return {
    toward,
    name: toward,
    bond: { stage: "stranger", values, conflict: null, conflict_since: null },
    back: null,
  };
}

const SIZE = { width: 560, height: 320 };

test("whoever is liked stands nearer, and everybody stands inside of the picture", () => {
  const [far, near] = placesOf([relation("a", {}), relation("b", { trust: 90, affection: 90 })], SIZE);
  const off = (place: { x: number } | undefined) => Math.abs((place?.x ?? 0) - 280);
  expect(off(near)).toBeLessThan(off(far));
  const crowd = placesOf(
    Array.from({ length: 30 }, (_, index) => relation(String(index), { trust: -100, affection: -100 })),
    SIZE,
  );
  expect(crowd.every(({ x, y }) => x >= 60 && x <= 500 && y >= 40 && y <= 280)).toBe(true);
  expect(new Set(crowd.map(({ x, y }) => `${x} ${y}`)).size).toBe(30);
});

test("the line says how well they know each other and on what terms", () => {
  const [warm, cold, even] = placesOf(
    [
      relation("a", { trust: 40, affection: 40, familiarity: 70 }),
      relation("b", { trust: -40, affection: -40, familiarity: 0 }),
      relation("c", { trust: 40, affection: -40 }),
    ],
    SIZE,
  );
  expect([warm?.tone, cold?.tone, even?.tone]).toEqual(["warm", "cold", "even"]);
  expect([warm?.width, cold?.width]).toEqual([6.5, 1.5]);
});
