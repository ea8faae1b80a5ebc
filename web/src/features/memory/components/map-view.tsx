/** How what is known hangs together: a picture, and the same as a list. */
import { useQuery } from "@tanstack/react-query";
import { useLayoutEffect, useMemo, useRef } from "react";
import { mapQuery } from "@/lib/api/memory";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { PHONE, useMediaQuery } from "@/lib/media";
import type { MemoryMap } from "@/lib/types";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { NARROW, NODE_HEIGHT, place, WIDE } from "../place";

export function MapView({ scope }: { scope: string }) {
  const map = useQuery(mapQuery(scope));
  if (map.error) return <Failure failure={describeError(map.error)} />;
  if (!map.data) return <Skeleton lines={6} label={text.common.loading} />;
  if (map.data.lines.length === 0) return <Empty title={text.memory.mapEmpty}>{text.memory.emptyHint}</Empty>;
  return <Picture map={map.data} />;
}

function Picture({ map }: { map: MemoryMap }) {
  const narrow = useMediaQuery(PHONE);
  const { nodes, reach } = useMemo(() => place(map, narrow ? NARROW : WIDE), [map, narrow]);
  const at = useMemo(() => new Map(nodes.map((node) => [node.id, node])), [nodes]);
  const frame = useRef<HTMLDivElement>(null);
  // A picture larger than its place is looked at from the middle, where the person stands.
  useLayoutEffect(() => {
    const element = frame.current;
    if (element) element.scrollLeft = (element.scrollWidth - element.clientWidth) / 2;
    if (element) element.scrollTop = (element.scrollHeight - element.clientHeight) / 2;
  }, [reach]);
  const name = (id: string) => at.get(id)?.label ?? id;
  const kinds = [...new Set(nodes.flatMap((node) => node.kind ?? []))];
  const [width, height] = [2 * reach.x, 2 * reach.y];
  return (
    <>
      <div className="memory-map" ref={frame} role="region" tabIndex={0} aria-label={text.memory.map}>
        <svg
          viewBox={`${-reach.x} ${-reach.y} ${width} ${height}`}
          style={{ inlineSize: width, blockSize: height }}
          role="img"
          aria-label={text.memory.mapLabel}
        >
          {map.lines.map((line) => {
            const [from, to] = [at.get(line.from), at.get(line.to)];
            if (!from || !to) return undefined;
            return (
              <line
                key={line.fact_id}
                className="map-line"
                data-kind={to.kind ?? "person"}
                x1={from.x}
                y1={from.y}
                x2={to.x}
                y2={to.y}
              />
            );
          })}
          {nodes.map((node) => (
            <g
              key={node.id}
              className="map-node"
              data-kind={node.kind ?? "person"}
              transform={`translate(${node.x} ${node.y})`}
            >
              <title>{node.label}</title>
              <rect
                x={-node.width / 2}
                y={-NODE_HEIGHT / 2}
                width={node.width}
                height={NODE_HEIGHT}
                rx={node.kind ? 6 : NODE_HEIGHT / 2}
              />
              <text textAnchor="middle" dominantBaseline="central">
                {node.short}
              </text>
            </g>
          ))}
        </svg>
      </div>
      <ul className="map-kinds" aria-label={text.memory.kind}>
        {kinds.map((kind) => (
          <li key={kind} className="map-kind" data-kind={kind}>
            {text.memory.kindName(kind)}
          </li>
        ))}
      </ul>
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
