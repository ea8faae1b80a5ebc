/** Relationships as a picture: who stands around a persona, how near, and on what terms. The table beside it says the same. */
import { text } from "@/lib/i18n";
import type { PersonaRelation } from "@/lib/types";
import { placesOf } from "../relations";

const WIDTH = 560;
const HEIGHT = 260;
const LETTERS = 14;

const short = (name: string) => (name.length > LETTERS ? `${name.slice(0, LETTERS - 1)}…` : name);

export function RelationsPicture({ name, relations }: { name: string; relations: readonly PersonaRelation[] }) {
  const centre = { x: WIDTH / 2, y: HEIGHT / 2 };
  const places = placesOf(relations, { width: WIDTH, height: HEIGHT });
  return (
    <svg
      className="relations"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={text.feelings.picture(name, relations.length)}
    >
      {places.map(({ relation, x, y, width, tone }) => (
        <line
          key={relation.toward}
          className={`relation-line relation-${tone}`}
          x1={centre.x}
          y1={centre.y}
          x2={x}
          y2={y}
          strokeWidth={width}
          {...(relation.bond.conflict ? { strokeDasharray: "6 5" } : {})}
        />
      ))}
      {places.map(({ relation, x, y, tone }) => (
        <g key={relation.toward}>
          <circle className={`relation-dot relation-${tone}`} cx={x} cy={y} r={11} />
          <text className="relation-name" x={x} y={y + 28}>
            {short(relation.name)}
          </text>
          <text className="relation-stage" x={x} y={y + 43}>
            {(text.feelings.stages as Record<string, string>)[relation.bond.stage] ?? relation.bond.stage}
          </text>
        </g>
      ))}
      <circle className="relation-centre" cx={centre.x} cy={centre.y} r={17} />
      <text className="relation-name" x={centre.x} y={centre.y + 36}>
        {short(name)}
      </text>
    </svg>
  );
}
