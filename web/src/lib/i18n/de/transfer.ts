/** German words of conversations from and to files. */
import type { Catalogue } from "../language";
import { figure, plural } from "../plural";

export const transfer: Catalogue["transfer"] = {
  importTitle: "Gespräche übernehmen",
  importHint:
    "Exporte von ChatGPT, Claude, Open WebUI, LibreChat, SillyTavern, ShareGPT oder Familiar, wie sie kamen: das Archiv oder das JSON darin. Alle Zweige bleiben; dieselbe Datei noch einmal fügt nichts hinzu.",
  chooseFiles: "Dateien",
  looking: "Die Dateien werden angesehen …",
  taking: "Wird übernommen …",
  going: (label, file, done, of) => `${label} ${figure(done)} von ${figure(of)} in ${file}`,
  stopped: "Abgebrochen",
  stoppedHint: "Was schon übernommen war, bleibt. Dieselben Dateien noch einmal übernehmen den Rest.",
  takeOver: (count) => `${plural(count, "Gespräch", "Gespräche")} übernehmen`,
  took: (count) => `${plural(count, "Gespräch", "Gespräche")} übernommen.`,
  found: (file, source, count) => `${source}: ${plural(count, "Gespräch", "Gespräche")} in ${file}`,
  states: ({ fresh, grown, here, restored }) =>
    [
      fresh > 0 ? `${fresh} neu` : "",
      grown > 0 ? `${grown} mit mehr` : "",
      restored > 0 ? `${restored} früher gelöscht` : "",
      here > 0 ? `${here} schon da` : "",
    ]
      .filter(Boolean)
      .join(", "),
  messages: (count) => plural(count, "neue Nachricht", "neue Nachrichten"),
  shelves: ({ folders, tags }) =>
    [
      folders > 0 ? plural(folders, "neuer Ordner", "neue Ordner") : "",
      tags > 0 ? plural(tags, "neues Schlagwort", "neue Schlagwörter") : "",
    ]
      .filter(Boolean)
      .join(", "),
  leftOut: ({ deleted, media, files, tools, instructions }) => {
    const parts = [
      deleted > 0 ? plural(deleted, "hier gelöschte Nachricht", "hier gelöschte Nachrichten") : "",
      media > 0 ? plural(media, "Bild oder Aufnahme", "Bilder oder Aufnahmen") : "",
      files > 0 ? plural(files, "Datei", "Dateien") : "",
      tools > 0 ? plural(tools, "Werkzeugaufruf", "Werkzeugaufrufe") : "",
      instructions > 0 ? plural(instructions, "Anweisung", "Anweisungen") : "",
    ].filter(Boolean);
    return parts.length > 0 ? `ausgelassen: ${parts.join(", ")}` : "";
  },
  broken: (count, which) => `${plural(count, "ist nicht lesbar", "sind nicht lesbar")}: ${which}`,
  exportIt: "Als Datei sichern",
  exportTitle: (title) => `„${title}“ sichern`,
  exportAllTitle: "Alle Gespräche sichern",
  form: "Form",
  forms: {
    markdown: "Markdown",
    html: "Seite (HTML)",
    pdf: "PDF (über den Druck)",
    json: "Alles (JSON)",
    openai: "OpenAI-Zeilen (JSONL)",
    sharegpt: "ShareGPT (JSON)",
  },
  formHint: {
    markdown: "Was gezeigt wird, für Menschen und Editoren.",
    html: "Was gezeigt wird, als Seite, die nichts anderes braucht; gedruckt ein PDF.",
    pdf: "Was gezeigt wird, für Papier gesetzt: dein Browser druckt es oder sichert es als PDF.",
    json: "Alle Zweige und alles, was bekannt ist; Familiar liest es wieder ein.",
    openai: "Was gezeigt wird, ein Gespräch je Zeile, zum Feinabstimmen.",
    sharegpt: "Was gezeigt wird, wie Datensätze es haben.",
  },
  save: "Sichern",
  print: "Drucken oder als PDF sichern",
  saveAll: "Alle sichern",
};
