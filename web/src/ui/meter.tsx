/** How much of something there is, as a bar with its figure for everyone who does not see it. */
import { classNames } from "./class-names";

export type MeterTone = "fine" | "high" | "full" | "plain";

export interface MeterProps {
  label: string;
  /** What the bar says in words. */
  valueText: string;
  /** From 0 to 1. */
  value: number;
  /** A second part behind the first, from 0 to 1, such as what is reserved. */
  more?: number;
  tone?: MeterTone;
  /** A mark on the bar, from 0 to 1, such as a target. */
  mark?: number | undefined;
  size?: "small" | "normal";
}

const percent = (share: number) => `${Math.min(100, Math.max(0, share * 100))}%`;

export function Meter({ label, valueText, value, more = 0, tone = "fine", mark, size = "normal" }: MeterProps) {
  return (
    <div
      className={classNames("meter", size === "small" && "meter-small")}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={1}
      aria-valuenow={Math.min(1, Math.max(0, value))}
      aria-valuetext={valueText}
      data-tone={tone}
    >
      <span className="meter-fill" style={{ inlineSize: percent(value) }} />
      {more > 0 ? (
        <span className="meter-more" style={{ inlineSize: percent(Math.min(more, Math.max(0, 1 - value))) }} />
      ) : undefined}
      {mark === undefined ? undefined : <span className="meter-mark" style={{ insetInlineStart: percent(mark) }} />}
    </div>
  );
}
