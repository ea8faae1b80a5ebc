/** How passages are looked for. */
export const MODES = ["hybrid", "keyword", "semantic"] as const;
export type Mode = (typeof MODES)[number];

/** In what order passages that were found are shown. */
export const ORDERS = ["best", "place"] as const;
export type Order = (typeof ORDERS)[number];
