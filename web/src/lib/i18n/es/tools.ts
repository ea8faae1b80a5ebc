/** Spanish words of the tools that models use. */
import { figure, plural } from "../plural";
import type { Catalogue } from "../language";

export const tools: Catalogue["tools"] = {
  title: "Herramientas",
  off: "Sin herramientas",
  some: (count: number) => plural(count, "herramienta", "herramientas"),
  modelCannot: "Este modelo no puede llamar herramientas.",
  here: "Lo que el modelo puede usar en esta conversación",
  asSettings: "Como en los ajustes",
  asSettingsHint: "Elige aquí para apartarte de los ajustes en esta conversación.",
  asks: "cambia algo; se te pregunta antes",
  withoutAsking: (name: string) => `Usar «${name}» sin preguntar`,
  chosenOf: (on: number, all: number, tokens: number) =>
    `${figure(on)} de ${figure(all)} encendidas, unos ${figure(tokens)} tokens en cada petición`,
  allOf: (server: string) => `Todas las de «${server}»`,
  away: "ausente por ahora",
  everywhere: "Herramientas en las conversaciones",
  everywhereHint:
    "Lo que pueden usar los modelos capaces de llamar herramientas cuando una conversación no dice otra cosa. Cada herramienta alarga un poco lo que se envía.",
  calls: (count: number) => plural(count, "herramienta usada", "herramientas usadas"),
  arguments: "Lo pedido",
  result: "Resultado",
  nothingGiven: "No se indicó nada.",
  waiting: "te espera",
  running: "en marcha",
  done: "hecho",
  failed: "falló",
  declined: "no permitido",
  cancelled: "terminó antes",
  asksFor: (name: string) => `El modelo quiere usar «${name}», que cambia algo.`,
  allow: "Permitir",
  allowAlways: "Siempre en esta conversación",
  decline: "No permitir",
};
