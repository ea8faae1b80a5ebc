/** German words of the tools that models use. */
import { figure, plural } from "../plural";
import type { Catalogue } from "../language";

export const tools: Catalogue["tools"] = {
  title: "Werkzeuge",
  off: "Keine Werkzeuge",
  some: (count: number) => plural(count, "Werkzeug", "Werkzeuge"),
  modelCannot: "Dieses Modell kann keine Werkzeuge aufrufen.",
  here: "Was das Modell in dieser Unterhaltung benutzen darf",
  asSettings: "Wie in den Einstellungen",
  asSettingsHint: "Wähle hier, um in dieser Unterhaltung von den Einstellungen abzuweichen.",
  asks: "ändert etwas; du wirst vorher gefragt",
  withoutAsking: (name: string) => `„${name}“ ohne Frage benutzen`,
  chosenOf: (on: number, all: number, tokens: number) =>
    `${figure(on)} von ${figure(all)} an, etwa ${figure(tokens)} Token in jeder Anfrage`,
  allOf: (server: string) => `Alle von „${server}“`,
  away: "im Moment nicht da",
  everywhere: "Werkzeuge in Unterhaltungen",
  everywhereHint:
    "Was Modelle, die Werkzeuge aufrufen können, benutzen dürfen, wo eine Unterhaltung nichts anderes sagt. Jedes Werkzeug macht Anfragen ein wenig länger.",
  calls: (count: number) => plural(count, "Werkzeug benutzt", "Werkzeuge benutzt"),
  arguments: "Gefragt",
  result: "Ergebnis",
  nothingGiven: "Es wurde nichts angegeben.",
  waiting: "wartet auf dich",
  running: "arbeitet",
  done: "fertig",
  failed: "misslungen",
  declined: "nicht erlaubt",
  cancelled: "vorher beendet",
  asksFor: (name: string) => `Das Modell möchte „${name}“ benutzen, und das ändert etwas.`,
  allow: "Erlauben",
  allowAlways: "In dieser Unterhaltung immer",
  decline: "Nicht erlauben",
};
