/** German words of the panel beside a conversation. */
import type { Catalogue } from "../language";
import { plural } from "../plural";

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
  leftOut: "Im nächsten Zug nicht dabei",
  gonePictures: (count) =>
    `${plural(count, "Bild wird", "Bilder werden")} nicht mehr aufbewahrt; den Modellen wird das gesagt.`,
  goneFrom: (when) => `Vom ${when}`,
  goneMore: (count) => `und ${plural(count, "früheres Bild", "frühere Bilder")}`,
};
