import { describe, expect, it } from "vitest";
import { NARROW, NODE_HEIGHT, place, WIDE, type Placed } from "./place";

const node = (id: string, kind?: string) => ({ id, label: id, kind: kind ?? null, lines: 1 });
const apart = (one: Placed, other: Placed) =>
  Math.abs(one.x - other.x) >= (one.width + other.width) / 2 || Math.abs(one.y - other.y) >= NODE_HEIGHT;

describe("the picture of what is known", () => {
  const name = (number: number) => `something rather long, number ${number}`;
  const nodes = [
    node("you"),
    ...Array.from({ length: 60 }, (_, number) => node(name(number), number % 3 ? "place" : undefined)),
  ];

  it.each([
    ["wide", WIDE],
    ["narrow", NARROW],
  ])("has the person in the middle, and nobody stands on somebody else (%s)", (_, form) => {
    const { nodes: placed, reach } = place({ nodes, lines: [] }, form);
    expect(placed[0]).toMatchObject({ id: "you", x: 0, y: 0 });
    expect(placed).toHaveLength(61);
    const overlaps = placed.flatMap((one, at) =>
      placed.slice(at + 1).flatMap((other) => (apart(one, other) ? [] : [`${one.x} ${one.y} / ${other.x} ${other.y}`])),
    );
    expect(overlaps).toEqual([]);
    expect(placed.every(({ x, y, width }) => Math.abs(x) + width / 2 < reach.x && Math.abs(y) < reach.y)).toBe(true);
    expect(place({ nodes, lines: [] }, form)).toEqual(place({ nodes, lines: [] }, form));
  });

  it("cuts what has no room, and keeps the whole name", () => {
    const { nodes: placed } = place({ nodes, lines: [] }, NARROW);
    expect(placed[1]).toMatchObject({ label: name(0), short: "something …" });
  });

  it("is empty where nothing is known", () => {
    expect(place({ nodes: [], lines: [] }, WIDE)).toEqual({ nodes: [], reach: { x: 0, y: 0 } });
  });
});
