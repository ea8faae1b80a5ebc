/** How the columns are laid out: widths, which are folded, which alone is shown. Kept on this machine for each comparison. */
import { useCallback, useState } from "react";

export const LEAST_WIDTH = 320;
export const MOST_WIDTH = 1_400;
const KEY = "familiar.compare.layout";
/** Comparisons whose layout is kept. */
const KEPT = 40;

export interface Layout {
  widths: Record<string, number>;
  folded: string[];
  only?: string | undefined;
}

const EMPTY: Layout = { widths: {}, folded: [] };

function all(): [string, Layout][] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]") as [string, Layout][];
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

function keep(id: string, layout: Layout): void {
  try {
    const others = all().filter(([other]) => other !== id);
    localStorage.setItem(KEY, JSON.stringify([[id, layout], ...others].slice(0, KEPT)));
  } catch {
    // Without storage it is laid out anew the next time.
  }
}

export function useLayout(id: string) {
  const [layout, setLayout] = useState<Layout>(() => ({ ...EMPTY, ...all().find(([other]) => other === id)?.[1] }));
  const change = useCallback(
    (next: (before: Layout) => Layout) =>
      setLayout((before) => {
        const after = next(before);
        keep(id, after);
        return after;
      }),
    [id],
  );
  return {
    layout,
    setWidth: (column: string, width: number) =>
      change((before) => ({
        ...before,
        widths: { ...before.widths, [column]: Math.round(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, width))) },
      })),
    evenWidths: () => change((before) => ({ ...before, widths: {} })),
    fold: (column: string) =>
      change((before) => ({
        ...before,
        folded: before.folded.includes(column)
          ? before.folded.filter((one) => one !== column)
          : [...before.folded, column],
      })),
    showOnly: (column: string | undefined) => change((before) => ({ ...before, only: column })),
  };
}

export type LayoutHook = ReturnType<typeof useLayout>;
