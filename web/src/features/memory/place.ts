/** Where people and things stand in the picture: the person in the middle, people around them, things around their people. */
import type { MemoryMap } from "@/lib/types";

export interface Placed {
  id: string;
  /** The whole name. */
  label: string;
  /** As much of it as there is room for. */
  short: string;
  kind: string | undefined;
  x: number;
  y: number;
  width: number;
}

export interface Picture {
  nodes: Placed[];
  /** From the middle to the edge. */
  reach: { x: number; y: number };
}

/** How a picture is drawn: rings that are wider than they are high, or for a phone the other way round. */
export interface Form {
  ring: { x: number; y: number };
  letters: number;
}

export const WIDE: Form = { ring: { x: 195, y: 96 }, letters: 18 };
export const NARROW: Form = { ring: { x: 108, y: 124 }, letters: 11 };

export const NODE_HEIGHT = 30;
const LETTER = 7.4;
/** A sign of Chinese is as wide as it is high. */
const WIDE_LETTER = 13.5;
const PADDING = 24;
const MARGIN = 16;
const FIRST_RING = 6;
const MORE = 5;

/** Rings around the middle: as many as their nodes need. The same map is always the same picture. */
export function place(map: Pick<MemoryMap, "nodes" | "lines">, form: Form): Picture {
  const [first, ...others] = map.nodes;
  if (!first) return { nodes: [], reach: { x: 0, y: 0 } };
  const people = others.filter((node) => !node.kind);
  const kinds = [...new Set(others.map((node) => node.kind))].filter((kind) => kind !== undefined && kind !== null);
  const things = kinds.flatMap((kind) => others.filter((node) => node.kind === kind));
  const order = [...people, ...things];
  const nodes = [placed(first, form, 0, 0)];
  let ring = 0;
  let at = 0;
  while (at < order.length) {
    const here = order.slice(at, at + FIRST_RING + MORE * ring);
    here.forEach((node, number) => {
      const angle = (2 * Math.PI * number) / here.length - Math.PI / 2;
      const radius = ring + 1;
      nodes.push(placed(node, form, radius * form.ring.x * Math.cos(angle), radius * form.ring.y * Math.sin(angle)));
    });
    at += here.length;
    ring += 1;
  }
  const reach = (far: (node: Placed) => number) => Math.ceil(Math.max(...nodes.map(far)) + MARGIN);
  return {
    nodes,
    reach: {
      x: reach(({ x, width }) => Math.abs(x) + width / 2),
      y: reach(({ y }) => Math.abs(y) + NODE_HEIGHT / 2),
    },
  };
}

function placed(node: MemoryMap["nodes"][number], { letters }: Form, x: number, y: number): Placed {
  const signs = [...node.label];
  const short = signs.length > letters ? `${signs.slice(0, letters - 1).join("")}…` : node.label;
  const letter = (sign: string) => ((sign.codePointAt(0) ?? 0) > 0x2e7f ? WIDE_LETTER : LETTER);
  const width = Math.round([...short].reduce((sum, sign) => sum + letter(sign), PADDING));
  return {
    id: node.id,
    label: node.label,
    short,
    kind: node.kind ?? undefined,
    x: Math.round(x),
    y: Math.round(y),
    width,
  };
}
