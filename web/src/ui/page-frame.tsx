/** A screen that scrolls as a whole: its name, what it is for, its commands, and its content. */
import type { ReactNode } from "react";

export function PageFrame({
  title,
  lead,
  actions,
  children,
}: {
  title: string;
  lead: string;
  actions: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className="page">
      <div className="page-inner">
        <header className="page-head">
          <div>
            <h1>{title}</h1>
            <p className="page-lead">{lead}</p>
          </div>
          <div className="page-actions">{actions}</div>
        </header>
        {children}
      </div>
    </div>
  );
}
