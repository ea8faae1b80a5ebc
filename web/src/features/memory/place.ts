/** Where people and things stand in the picture: the person in the middle, people around them, things around their people. */
import type { MemoryMap } from "@/lib/types";

export interface Placed {
  id: string;
  label: string;
  kind: string | undefined;
  x: number;
  y: number;
}

export interface Picture {
  nodes: Placed[];
  size: number;
}

const RING = 150;
const STEP = 96;

/** Rings around the middle: as many as their nodes need. The same map is always the same picture. */
export function place(map: Pick<MemoryMap, "nodes" | "lines">): Picture {
  const [first, ...others] = map.nodes;
  if (!first) return { nodes: [], size: 0 };
  const people = others.filter((node) => !node.kind);
  const kinds = [...new Set(others.map((node) => node.kind))].filter((kind) => kind !== undefined && kind !== null);
  const things = kinds.flatMap((kind) => others.filter((node) => node.kind === kind));
  const order = [...people, ...things];
  const nodes: Placed[] = [{ id: first.id, label: first.label, kind: undefined, x: 0, y: 0 }];
  let ring = 0;
  let at = 0;
  while (at < order.length) {
    const radius = RING * (ring + 1);
    const room = Math.max(6, Math.floor((2 * Math.PI * radius) / STEP));
    const here = order.slice(at, at + room);
    here.forEach((node, number) => {
      const angle = (2 * Math.PI * number) / here.length + ring * 0.3 - Math.PI / 2;
      nodes.push({
        id: node.id,
        label: node.label,
        kind: node.kind ?? undefined,
        x: Math.round(radius * Math.cos(angle)),
        y: Math.round(radius * Math.sin(angle)),
      });
    });
    at += room;
    ring += 1;
  }
  return { nodes, size: RING * (ring + 1) };
}
