/** Where the page keeps alerts; events tell when they are out of date. */
export const alertsKey = ["alerts"] as const;
