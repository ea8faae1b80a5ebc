/**
 * The columns side by side in one place that scrolls: heads stay at its top, and whatever stands in one row stays in one line
 * while it is scrolled and while widths change. On a phone the columns stand below one another.
 */
import type { CSSProperties, ReactNode } from "react";
import { text } from "@/lib/i18n";
import type { CompareColumn, CompareDetail } from "@/lib/types";
import { answerOf } from "../model";
import type { LayoutHook } from "../use-layout";
import { ColumnHead, type ColumnHeadProps } from "./column-head";

export interface BoardRow {
  id: string;
  /** What stands above the row, across all columns. */
  above?: ReactNode;
  cell: (column: CompareColumn) => ReactNode;
}

export interface BoardProps extends Pick<ColumnHeadProps, "onMove" | "onAgain" | "onStop"> {
  detail: CompareDetail;
  turnId: string;
  rows: readonly BoardRow[];
  layout: LayoutHook;
}

export function Board({ detail, turnId, rows, layout, onMove, onAgain, onStop }: BoardProps) {
  const { columns, mode } = detail.head;
  const { widths, folded, only } = layout.layout;
  const alone = columns.find((column) => column.id === only);
  const shown = alone ? [alone] : columns;
  const tracks = shown.map((column) => {
    if (alone) return "minmax(0, 60rem)";
    if (folded.includes(column.id)) return "3.5rem";
    const width = widths[column.id];
    return width === undefined ? "minmax(20rem, 1fr)" : `${width}px`;
  });
  const style = { "--compare-tracks": tracks.join(" ") } as CSSProperties;
  return (
    // It scrolls by itself, so that the keyboard has to be able to reach it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="compare-board" role="region" aria-label={text.compare.board} tabIndex={0}>
      <div className="compare-grid" style={style}>
        {shown.map((column) => (
          <ColumnHead
            key={column.id}
            column={column}
            answer={answerOf(detail, turnId, column.id)}
            place={columns.indexOf(column)}
            count={columns.length}
            blind={mode === "blind"}
            layout={layout}
            onMove={onMove}
            onAgain={onAgain}
            onStop={onStop}
          />
        ))}
        {rows.map((row) => (
          <Row key={row.id} row={row} shown={shown} folded={folded} />
        ))}
      </div>
    </div>
  );
}

function Row({ row, shown, folded }: { row: BoardRow; shown: readonly CompareColumn[]; folded: readonly string[] }) {
  return (
    <>
      {row.above ? <div className="compare-above">{row.above}</div> : undefined}
      {shown.map((column, place) => (
        <div
          key={column.id}
          className="compare-cell"
          data-column={column.id}
          style={{ "--compare-place": place + 1 } as CSSProperties}
          data-folded={folded.includes(column.id) || undefined}
        >
          {folded.includes(column.id) ? undefined : (
            <>
              <p className="compare-cell-name" aria-hidden>
                {column.name}
              </p>
              {row.cell(column)}
            </>
          )}
        </div>
      ))}
    </>
  );
}
