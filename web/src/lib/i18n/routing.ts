/** Words of decisions: strategies, tiers, factors and why a request goes where it goes. */

const named = (names: Record<string, string>) => (name: string) => names[name] ?? name;

export const routing = {
  strategy: named({
    ordered: "In order",
    cost: "Cheapest",
    speed: "Fastest",
    quality: "Best",
    reliability: "Most reliable",
    load_balanced: "Balanced load",
    adaptive: "Adaptive",
    weighted: "Weighted",
  }),
  strategyHint: named({
    ordered: "The first that can answer, in the order below.",
    cost: "The lowest price for the request at hand.",
    speed: "The shortest time to the first word, as measured.",
    quality: "The best by public leaderboards.",
    reliability: "The fewest failures, as measured.",
    load_balanced: "Spread over all by the rule below.",
    adaptive: "Learns from what happens, and goes on trying the others now and then.",
    weighted: "A score of the four factors, weighed as you like.",
  }),
  balancer: named({
    round_robin: "One after the other",
    least_connections: "Fewest calls under way",
    weighted: "By shares",
    fastest: "The quicker of two",
  }),
  tier: named({
    primary: "Primary",
    secondary: "Secondary",
    tertiary: "Tertiary",
    emergency: "Emergency",
    degraded: "Smaller model",
    fast: "Fast",
    voice: "Voice",
    thinker: "Thinker",
  }),
  factor: named({
    cost: "Cost",
    speed: "Speed",
    quality: "Quality",
    reliability: "Reliability",
    load: "Load",
    preference: "Your opinion",
  }),
  factorValue: (name: string, value: number) => `${name} ${Math.round(value * 100)} of 100`,
  candidates: "Candidates",
  chosen: "Answers",
  answered: "Answered",
  score: (score: number) => `score ${score.toFixed(2)}`,
  decidedBy: "Decided by",
  task: "Task",
  taskName: (name: string) => {
    const words = name.replaceAll("_", " ");
    return words.charAt(0).toUpperCase() + words.slice(1);
  },
  tierTaken: "Tier",
  degraded: "Given up",
  context: "Circumstances",
  complexity: "Complexity",
  latencyNeed: "Hurry",
  confidence: "Confidence",
  percent: (share: number) => `${Math.round(share * 100)} %`,
} as const;
