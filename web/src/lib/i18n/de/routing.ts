/** German words of decisions: strategies, tiers, factors and why a request goes where it goes. */
import type { Catalogue } from "../language";

const named = (names: Record<string, string>) => (name: string) => names[name] ?? name;

export const routing: Catalogue["routing"] = {
  strategy: named({
    ordered: "Der Reihe nach",
    cost: "Am günstigsten",
    speed: "Am schnellsten",
    quality: "Am besten",
    reliability: "Am zuverlässigsten",
    load_balanced: "Gleichmäßige Last",
    adaptive: "Lernend",
    weighted: "Gewichtet",
  }),
  strategyHint: named({
    ordered: "Das erste, das antworten kann, in der Reihenfolge unten.",
    cost: "Der niedrigste Preis für die Anfrage, um die es geht.",
    speed: "Die kürzeste Zeit bis zum ersten Wort, wie gemessen.",
    quality: "Das beste nach öffentlichen Ranglisten.",
    reliability: "Die wenigsten Fehler, wie gemessen.",
    load_balanced: "Auf alle verteilt, nach der Regel unten.",
    adaptive: "Lernt aus dem, was geschieht, und probiert ab und zu auch die anderen.",
    weighted: "Eine Wertung aus den vier Größen, gewogen, wie du willst.",
  }),
  balancer: named({
    round_robin: "Eines nach dem anderen",
    least_connections: "Am wenigsten laufende Aufrufe",
    weighted: "Nach Anteilen",
    fastest: "Das schnellere von zweien",
  }),
  tier: named({
    primary: "Erste Wahl",
    secondary: "Zweite Wahl",
    tertiary: "Dritte Wahl",
    emergency: "Notfall",
    degraded: "Kleineres Modell",
    fast: "Schnell",
    voice: "Stimme",
    thinker: "Denker",
  }),
  factor: named({
    cost: "Kosten",
    speed: "Schnelligkeit",
    quality: "Güte",
    reliability: "Zuverlässigkeit",
    load: "Last",
    preference: "Deine Meinung",
  }),
  factorValue: (name, value) => `${name} ${Math.round(value * 100)} von 100`,
  candidates: "Kandidaten",
  chosen: "Antwortet",
  answered: "Hat geantwortet",
  score: (score) => `Wertung ${score.toFixed(2)}`,
  decidedBy: "Entschieden nach",
  task: "Aufgabe",
  taskName: (name) => {
    const words = name.replaceAll("_", " ");
    return words.charAt(0).toUpperCase() + words.slice(1);
  },
  tierTaken: "Stufe",
  degraded: "Verzichtet auf",
  context: "Umstände",
  complexity: "Schwierigkeit",
  latencyNeed: "Eile",
  confidence: "Gewissheit",
  percent: (share) => `${Math.round(share * 100)} %`,
};
