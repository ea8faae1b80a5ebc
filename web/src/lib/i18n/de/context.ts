/** German words of the panel beside a conversation. */
import type { Catalogue } from "../language";

export const context: Catalogue["context"] = {
  title: "Kontext",
  show: "Zeigen, worauf Antworten beruhen",
  hide: "Verbergen, worauf Antworten beruhen",
  speaks: "Wer spricht",
  nobody: "Niemand Bestimmtes: das Modell, wie es ist.",
  leave: "Mit niemand Bestimmtem sprechen",
  you: "Du sprichst als",
  told: "Für die letzte Antwort erzählt",
  toldNothing: "Für sie wurde nichts erinnert.",
  known: "Alles, was hier bekannt ist",
};
