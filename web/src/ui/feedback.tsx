/** How the page says that it waits, that there is nothing, and that something went wrong. */
import { CircleAlert, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { text } from "@/lib/i18n";
import { Button } from "./button";
import { classNames } from "./class-names";

export type Tone = "neutral" | "accent" | "good" | "warn" | "danger";

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={classNames("badge", `badge-${tone}`)}>{children}</span>;
}

/** Grey bars where content will stand. */
export function Skeleton({ lines = 3, label }: { lines?: number; label: string }) {
  return (
    <div className="skeleton" role="status">
      <span className="visually-hidden">{label}</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="skeleton-line" aria-hidden style={{ inlineSize: `${92 - ((line * 37) % 45)}%` }} />
      ))}
    </div>
  );
}

export interface EmptyProps {
  icon?: LucideIcon;
  title: string;
  /** `h1` where it is all that the screen has. */
  heading?: "h1" | "h2";
  children?: ReactNode;
  actions?: ReactNode;
}

export function Empty({ icon: Icon, title, heading: Heading = "h2", children, actions }: EmptyProps) {
  return (
    <div className="empty">
      {Icon ? <Icon size={28} strokeWidth={1.5} aria-hidden className="empty-icon" /> : undefined}
      <Heading className="empty-title">{title}</Heading>
      {children ? <div className="empty-text">{children}</div> : undefined}
      {actions ? <div className="empty-actions">{actions}</div> : undefined}
    </div>
  );
}

export interface NoticeProps {
  tone?: "neutral" | "warn" | "danger" | "good";
  title: string;
  hint?: ReactNode;
  detail?: ReactNode;
  actions?: ReactNode;
  /** Whether it is read out as soon as it appears. */
  live?: boolean;
}

export function Notice({ tone = "neutral", title, hint, detail, actions, live = false }: NoticeProps) {
  return (
    <div
      className={classNames("notice", `notice-${tone}`)}
      role={live ? (tone === "danger" ? "alert" : "status") : undefined}
    >
      {tone === "danger" || tone === "warn" ? <CircleAlert size={17} aria-hidden className="notice-icon" /> : undefined}
      <div className="notice-body">
        <p className="notice-title">{title}</p>
        {hint ? <p className="notice-hint">{hint}</p> : undefined}
        {detail ? <p className="notice-detail">{detail}</p> : undefined}
      </div>
      {actions ? <div className="notice-actions">{actions}</div> : undefined}
    </div>
  );
}

/** Something that could not be fetched, and the button to try again. */
export function Failure({
  failure,
  retryLabel,
  onRetry,
}: {
  failure: { message: string; hint: string | undefined; correlationId?: string | undefined };
  retryLabel?: string;
  onRetry?: () => void;
}) {
  const retry = retryLabel && onRetry ? <Button onClick={onRetry}>{retryLabel}</Button> : undefined;
  const detail = failure.correlationId ? text.common.correlation(failure.correlationId) : undefined;
  return <Notice tone="danger" live title={failure.message} hint={failure.hint} detail={detail} actions={retry} />;
}

/** How far something is, from 0 to 1; without a figure it only says that it goes on. */
export function Progress({ value, label }: { value: number | null | undefined; label: string }) {
  const known = typeof value === "number";
  const percent = known ? Math.round(Math.min(1, Math.max(0, value)) * 100) : undefined;
  return (
    <div
      className={classNames("progress", !known && "progress-unknown")}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <div className="progress-fill" style={known ? { inlineSize: `${percent}%` } : undefined} />
    </div>
  );
}
