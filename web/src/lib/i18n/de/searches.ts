/** German words of how searches went. */
import type { Catalogue } from "../language";

export const searches: Catalogue["searches"] = {
  title: "Suchen",
  asked: "Suchen",
  withoutHits: "Nichts gefunden",
  opened: "Etwas wurde geöffnet",
  nearTop: "Unter den ersten drei geöffnet",
  frequent: "Am häufigsten gesucht",
  missed: "Nicht gefunden",
  popular: "Am häufigsten geöffnet",
  hint: "Aus den letzten 30 Tagen. Suchen bleiben 90 Tage auf diesem Rechner.",
  forget: "Alle Suchen vergessen",
  forgetTitle: "Alle Suchen vergessen?",
  forgetHint:
    "Was gesucht und was geöffnet wurde, verschwindet und mit ihm alles, was hier steht. Das lässt sich nicht rückgängig machen.",
  forgotten: "Alle Suchen sind vergessen.",
  none: "Es wurde noch nichts gesucht.",
};
