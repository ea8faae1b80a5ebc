import { describe, expect, it } from "vitest";
import { place } from "./place";

const node = (id: string, kind?: string) => ({ id, label: id, kind: kind ?? null, lines: 1 });

describe("the picture of what is known", () => {
  it("has the person in the middle, and nobody stands on somebody else", () => {
    const nodes = [
      node("you"),
      ...Array.from({ length: 60 }, (_, number) => node(`n${number}`, number % 3 ? "place" : undefined)),
    ];
    const { nodes: placed, size } = place({ nodes, lines: [] });
    expect(placed[0]).toMatchObject({ id: "you", x: 0, y: 0 });
    expect(new Set(placed.map(({ x, y }) => `${x} ${y}`)).size).toBe(61);
    expect(placed.every(({ x, y }) => Math.hypot(x, y) < size)).toBe(true);
    expect(place({ nodes, lines: [] })).toEqual(place({ nodes, lines: [] }));
  });

  it("is empty where nothing is known", () => {
    expect(place({ nodes: [], lines: [] })).toEqual({ nodes: [], size: 0 });
  });
});
