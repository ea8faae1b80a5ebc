/** How one of several deployments can be chosen. */
export const STRATEGIES = [
  "ordered",
  "cost",
  "speed",
  "quality",
  "reliability",
  "load_balanced",
  "adaptive",
  "weighted",
] as const;
export const BALANCERS = ["round_robin", "least_connections", "weighted", "fastest"] as const;
