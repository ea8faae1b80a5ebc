/** The head of a column: who answers, what it took, and what can be done with it. */
import {
  ChevronsLeftRight,
  ChevronsRightLeft,
  Copy,
  EllipsisVertical,
  GripVertical,
  MoveLeft,
  MoveRight,
  RotateCcw,
  Scan,
  Square,
} from "lucide-react";
import { useRef, type KeyboardEvent, type PointerEvent } from "react";
import { text } from "@/lib/i18n";
import type { CompareAnswer, CompareColumn } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { copyWithToast } from "@/ui/copy";
import { Badge } from "@/ui/feedback";
import { Menu, type MenuItem } from "@/ui/menu";
import { LEAST_WIDTH, MOST_WIDTH, type LayoutHook } from "../use-layout";
import { FiguresLine } from "./figures-line";

export interface ColumnHeadProps {
  column: CompareColumn;
  answer: CompareAnswer | undefined;
  place: number;
  count: number;
  blind: boolean;
  layout: LayoutHook;
  onMove: (columnId: string, to: number) => void;
  onAgain: (answerId: string) => void;
  onStop: (answerId: string) => void;
}

export function ColumnHead(props: ColumnHeadProps) {
  const { column, answer, place, count, blind, layout, onMove, onAgain, onStop } = props;
  const { name } = column;
  const folded = layout.layout.folded.includes(column.id);
  const writing = answer?.status === "streaming";
  const items: MenuItem[] = [
    {
      id: "copy",
      label: text.compare.copyAnswer(name),
      icon: Copy,
      disabled: !answer?.text,
      run: () => void copyWithToast(answer?.text ?? ""),
    },
    {
      id: "again",
      label: text.compare.again(name),
      icon: RotateCcw,
      disabled: !answer || writing,
      run: () => answer && onAgain(answer.id),
    },
    {
      id: "back",
      label: text.compare.moveBack,
      icon: MoveLeft,
      disabled: blind || place === 0,
      run: () => onMove(column.id, place - 1),
    },
    {
      id: "on",
      label: text.compare.moveOn,
      icon: MoveRight,
      disabled: blind || place === count - 1,
      run: () => onMove(column.id, place + 1),
    },
    { id: "even", label: text.compare.widthReset, icon: ChevronsLeftRight, run: layout.evenWidths },
  ];
  return (
    // Dragging is one of two ways to move a column; the menu is the one for the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="compare-head"
      data-column={column.id}
      data-folded={folded || undefined}
      onDragOver={(event) => (blind ? undefined : event.preventDefault())}
      onDrop={(event) => {
        const moving = event.dataTransfer.getData("text/x-familiar-column");
        if (moving === "" || blind) return;
        event.preventDefault();
        onMove(moving, place);
      }}
    >
      <div className="compare-head-line">
        {blind ? undefined : (
          <span
            className="compare-grip"
            draggable
            title={text.compare.drag(name)}
            onDragStart={(event) => event.dataTransfer.setData("text/x-familiar-column", column.id)}
          >
            <GripVertical size={15} aria-hidden />
          </span>
        )}
        <h2 className="compare-name" title={column.model}>
          {name}
        </h2>
        {answer && answer.status !== "complete" ? (
          <Badge tone={answer.status === "failed" ? "danger" : "neutral"}>
            {text.compare.statusName(answer.status)}
          </Badge>
        ) : undefined}
        <span className="compare-head-tools">
          {writing ? (
            <IconButton icon={Square} size="small" label={text.compare.stop(name)} onClick={() => onStop(answer.id)} />
          ) : undefined}
          <IconButton
            icon={Scan}
            size="small"
            className="compare-wide-only"
            label={layout.layout.only === column.id ? text.compare.showAll : text.compare.focus}
            aria-pressed={layout.layout.only === column.id}
            onClick={() => layout.showOnly(layout.layout.only === column.id ? undefined : column.id)}
          />
          <IconButton
            icon={folded ? ChevronsLeftRight : ChevronsRightLeft}
            size="small"
            label={folded ? text.compare.unfold(name) : text.compare.fold(name)}
            aria-expanded={!folded}
            onClick={() => layout.fold(column.id)}
          />
          <Menu
            label={text.compare.commands(name)}
            items={items}
            trigger={<IconButton icon={EllipsisVertical} size="small" label={text.compare.commands(name)} />}
          />
        </span>
      </div>
      <FiguresLine answer={answer} name={name} hidden={blind} />
      {folded ? undefined : <Resizer column={column} layout={layout} />}
    </div>
  );
}

const STEP = 32;

function Resizer({ column, layout }: { column: CompareColumn; layout: LayoutHook }) {
  const holder = useRef<HTMLDivElement>(null);
  const widthNow = () => holder.current?.parentElement?.getBoundingClientRect().width ?? LEAST_WIDTH;
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.preventDefault();
    const { clientX, currentTarget } = event;
    const start = widthNow();
    const turned = getComputedStyle(currentTarget).direction === "rtl" ? -1 : 1;
    currentTarget.setPointerCapture(event.pointerId);
    const move = (moving: globalThis.PointerEvent) =>
      layout.setWidth(column.id, start + turned * (moving.clientX - clientX));
    const end = () => {
      currentTarget.removeEventListener("pointermove", move);
      currentTarget.removeEventListener("pointerup", end);
      currentTarget.removeEventListener("pointercancel", end);
    };
    currentTarget.addEventListener("pointermove", move);
    currentTarget.addEventListener("pointerup", end);
    currentTarget.addEventListener("pointercancel", end);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const turned = getComputedStyle(event.currentTarget).direction === "rtl" ? -1 : 1;
    const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    layout.setWidth(column.id, widthNow() + turned * by);
  };
  return (
    // A separator that can be moved is a control by its role.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <div
      ref={holder}
      className="compare-resizer"
      role="separator"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={text.compare.resize(column.name)}
      aria-valuemin={LEAST_WIDTH}
      aria-valuemax={MOST_WIDTH}
      aria-valuenow={layout.layout.widths[column.id] ?? LEAST_WIDTH}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  );
}
