/** Where the others stand in the picture of relationships: pure. */
import type { PersonaRelation } from "@/lib/types";

export type RelationTone = "warm" | "cold" | "even";

export interface Place {
  relation: PersonaRelation;
  x: number;
  y: number;
  /** Of the line: the better they know each other, the stronger. */
  width: number;
  tone: RelationTone;
}

const EDGE_X = 70;
const EDGE_Y = 58;
/** Regard from which on it shows. */
const SHOWS = 10;

/** Those who are trusted and liked stand nearer; all of them around, the first one at the left. */
export function placesOf(
  relations: readonly PersonaRelation[],
  { width, height }: { width: number; height: number },
): Place[] {
  return relations.map((relation, index) => {
    const { trust = 0, affection = 0, familiarity = 0 } = relation.bond.values;
    const regard = (trust + affection) / 2;
    const angle = Math.PI + (index / relations.length) * 2 * Math.PI;
    const far = 0.95 - 0.3 * Math.max(0, Math.min(1, regard / 100));
    return {
      relation,
      x: Math.round(width / 2 + Math.cos(angle) * far * (width / 2 - EDGE_X)),
      y: Math.round(height / 2 + Math.sin(angle) * far * (height / 2 - EDGE_Y)),
      width: Math.round((1.5 + familiarity / 14) * 10) / 10,
      tone: regard >= SHOWS ? "warm" : regard <= -SHOWS ? "cold" : "even",
    };
  });
}
