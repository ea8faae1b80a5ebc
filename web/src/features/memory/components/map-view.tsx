/** How what is known hangs together: a picture, and the same as a list. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { mapQuery } from "@/lib/api/memory";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { MemoryMap } from "@/lib/types";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { place } from "../place";

const LABEL_LENGTH = 18;

export function MapView({ scope }: { scope: string }) {
  const map = useQuery(mapQuery(scope));
  if (map.error) return <Failure failure={describeError(map.error)} />;
  if (!map.data) return <Skeleton lines={6} label={text.common.loading} />;
  if (map.data.lines.length === 0) return <Empty title={text.memory.mapEmpty}>{text.memory.emptyHint}</Empty>;
  return <Picture map={map.data} />;
}

function Picture({ map }: { map: MemoryMap }) {
  const picture = useMemo(() => place(map), [map]);
  const at = useMemo(() => new Map(picture.nodes.map((node) => [node.id, node])), [picture]);
  const name = (id: string) => at.get(id)?.label ?? id;
  const size = picture.size + 60;
  return (
    <>
      <div className="memory-map">
        <svg viewBox={`${-size} ${-size} ${2 * size} ${2 * size}`} role="img" aria-label={text.memory.mapLabel}>
          {map.lines.map((line) => {
            const [from, to] = [at.get(line.from), at.get(line.to)];
            if (!from || !to) return undefined;
            return <line key={line.fact_id} className="map-line" x1={from.x} y1={from.y} x2={to.x} y2={to.y} />;
          })}
          {picture.nodes.map((node) => (
            <g key={node.id} transform={`translate(${node.x} ${node.y})`}>
              <circle className="map-node" data-kind={node.kind ?? "person"} r={node.kind ? 9 : 14} />
              <text className="map-label" y={node.kind ? 24 : 30} textAnchor="middle">
                {node.label.length > LABEL_LENGTH ? `${node.label.slice(0, LABEL_LENGTH)}…` : node.label}
              </text>
            </g>
          ))}
        </svg>
      </div>
      {map.left_out > 0 ? <p className="field-hint">{text.memory.leftOut(map.left_out)}</p> : undefined}
      <details className="sources" open>
        <summary>{text.memory.mapList}</summary>
        <ul className="map-list">
          {map.lines.map((line) => (
            <li key={line.fact_id}>
              <strong>{name(line.from)}</strong> {line.label} <strong>{name(line.to)}</strong>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}
