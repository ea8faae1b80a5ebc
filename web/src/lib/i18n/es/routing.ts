/** Spanish words of decisions: strategies, tiers, factors and why a request goes where it goes. */
import type { Catalogue } from "../language";

const named = (names: Record<string, string>) => (name: string) => names[name] ?? name;

export const routing: Catalogue["routing"] = {
  strategy: named({
    ordered: "Por orden",
    cost: "El más barato",
    speed: "El más rápido",
    quality: "El mejor",
    reliability: "El más fiable",
    load_balanced: "Carga repartida",
    adaptive: "Que aprende",
    weighted: "Ponderado",
  }),
  strategyHint: named({
    ordered: "El primero que pueda responder, en el orden de abajo.",
    cost: "El precio más bajo para la petición de que se trate.",
    speed: "El menor tiempo hasta la primera palabra, según lo medido.",
    quality: "El mejor según clasificaciones públicas.",
    reliability: "El que menos falla, según lo medido.",
    load_balanced: "Repartido entre todos por la regla de abajo.",
    adaptive: "Aprende de lo que ocurre, y de vez en cuando sigue probando los demás.",
    weighted: "Una nota con los cuatro factores, pesados como quieras.",
  }),
  balancer: named({
    round_robin: "Uno tras otro",
    least_connections: "El que menos llamadas tiene",
    weighted: "Por partes",
    fastest: "El más rápido de dos",
  }),
  tier: named({
    primary: "Primero",
    secondary: "Segundo",
    tertiary: "Tercero",
    emergency: "Emergencia",
    degraded: "Modelo menor",
    fast: "Rápido",
    voice: "Voz",
    thinker: "Pensador",
  }),
  factor: named({
    cost: "Coste",
    speed: "Velocidad",
    quality: "Calidad",
    reliability: "Fiabilidad",
    load: "Carga",
    preference: "Tu opinión",
  }),
  factorValue: (name, value) => `${name} ${Math.round(value * 100)} de 100`,
  candidates: "Candidatos",
  chosen: "Responde",
  answered: "Respondió",
  score: (score) => `nota ${score.toFixed(2)}`,
  decidedBy: "Decidido por",
  task: "Tarea",
  taskName: (name) => {
    const words = name.replaceAll("_", " ");
    return words.charAt(0).toUpperCase() + words.slice(1);
  },
  tierTaken: "Nivel",
  degraded: "A lo que se renunció",
  context: "Circunstancias",
  complexity: "Dificultad",
  latencyNeed: "Prisa",
  confidence: "Certeza",
  percent: (share) => `${Math.round(share * 100)} %`,
};
