/** Where the page keeps how deployments are doing; events tell when it is out of date. */
export const healthKey = ["health"] as const;
