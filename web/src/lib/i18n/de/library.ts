/** German words of the library. */
import { figure, plural } from "../plural";
import type { Catalogue } from "../language";

const STAGES: Record<string, string> = {
  extract: "Wird gelesen",
  chunk: "Wird in Stellen zerlegt",
  index: "Wird ins Verzeichnis aufgenommen",
  embed: "Seine Bedeutung wird gelernt",
};
const named = (names: Record<string, string>) => (name: string) => names[name] ?? name;
const FACTS: Record<string, string> = {
  author: "Verfasst von",
  publisher: "Verlag",
  published: "Veröffentlicht",
  made: "Entstanden",
  language: "Sprache",
  file: "Datei",
  added: "Hinzugefügt",
};

export const library: Catalogue["library"] = {
  title: "Bibliothek",
  lead: "Dokumente, auf denen Antworten beruhen können, auf diesem Rechner bewahrt. Zieh Dateien oder Ordner irgendwo auf die Seite.",
  addFiles: "Dateien hinzufügen",
  addFolder: "Ordner hinzufügen",
  search: "In allen Dokumenten suchen",
  filter: "Nach Namen filtern",
  statusFilter: "Zustand",
  sort: "Ordnung",
  sortName: named({
    added: "Neueste zuerst",
    title: "Nach Titel",
    size: "Größte zuerst",
    pages: "Meiste Seiten zuerst",
    status: "Unfertige zuerst",
  }),
  statusName: named({
    "": "Alle Zustände",
    queued: "Wartet",
    processing: "Wird gelesen",
    ready: "Bereit",
    failed: "Nicht lesbar",
  }),
  columns: {
    title: "Dokument",
    status: "Zustand",
    format: "Format",
    pages: "Seiten",
    passages: "Stellen",
    size: "Größe",
    added: "Hinzugefügt",
    commands: "Befehle",
  },
  handbook: "Familiars Handbuch",
  shown: (shown, total) =>
    shown === total
      ? plural(total, "Dokument", "Dokumente")
      : `${shown} von ${plural(total, "Dokument", "Dokumenten")}`,
  emptyTitle: "Die Bibliothek ist leer",
  emptyHint:
    "Füge PDF, EPUB, MOBI, Word, PowerPoint, Excel, OpenDocument, E-Mail, HTML, Markdown, Text oder CSV hinzu. Jede Datei wird in Stellen zerlegt, die Antworten angeben können.",
  noneFound: "Kein Dokument passt",
  noneFoundHint: "Ändere oben den Namen oder den Zustand.",
  noHits: (query) => `Nichts gefunden zu „${query}“`,
  noHitsHint: "Versuche weniger Wörter, oder den Anfang eines Worts mit Stern: biblio*.",
  hits: (total, took) => `${plural(total, "Stelle", "Stellen")} in ${took}.`,
  fuzzy: "Nichts stimmt genau; ähnliche Wörter werden gezeigt.",
  chips: "Was aus deinen Wörtern gemacht wurde",
  chip: (kind, typed, meant) => {
    if (kind === "correction") return `„${typed}“ gelesen als ${meant}`;
    if (kind === "vocabulary") return `„${typed}“, in deinen Dokumenten auch ${meant}`;
    if (kind === "related") return `zu „${typed}“ auch: ${meant}`;
    return `„${typed}“, auch als ${meant}`;
  },
  chipOff: "Das abschalten",
  chipOn: "Das wieder einschalten",
  chipAdd: "Danach auch suchen",
  synonyms: "Synonyme",
  synonymsOwn: "Wörter, die dasselbe bedeuten",
  synonymsHint:
    "Eine Gruppe je Zeile, die Wörter durch Kommas getrennt, etwa: tp, trefferpunkte. Sie gelten neben den mitgelieferten.",
  synonymsShipped: "Mit Familiar geliefert",
  synonymsSaved: "Die Synonyme wurden gespeichert.",
  mode: "Wie gesucht wird",
  modeName: named({
    hybrid: "Nach Wörtern und Bedeutung",
    keyword: "Nur nach Wörtern",
    semantic: "Nur nach Bedeutung",
  }),
  embedded: (embedded, documents) =>
    `${embedded} von ${plural(documents, "Dokument", "Dokumenten")} sind bisher nach Bedeutung zu finden.`,
  wordsOnly: (code, message) =>
    ({
      no_embedder: "Nur nach Wörtern gesucht: kein Modell macht hier Vektoren.",
      no_vectors: "Nur nach Wörtern gesucht: noch ist keine Stelle nach Bedeutung zu finden.",
      engine_failed:
        "Nur nach Wörtern gesucht: was nach Bedeutung sucht, ist nicht erreichbar oder wird gerade gefüllt.",
    })[code] ?? message,
  foundBy: (hit) => {
    if (!hit.by_words) return "nach Bedeutung";
    return hit.likeness === undefined || hit.likeness === null ? undefined : "nach Wörtern und Bedeutung";
  },
  score: (score) => `Wertung ${figure(Math.round(score * 100) / 100)}`,
  order: "Reihenfolge der Treffer",
  orderName: (order) => ({ best: "Beste zuerst", place: "Nach Dokument und Stelle (die 200 besten)" })[order],
  bookmark: "Merken",
  bookmarks: "Gemerktes",
  bookmarkRemove: "Nicht mehr merken",
  bookmarkRemoved: "Die Stelle ist nicht mehr gemerkt.",
  bookmarksNone: "Noch nichts gemerkt",
  bookmarksNoneHint: "„Merken“ unter einer gefundenen Stelle oder neben einer, die Sie lesen, behält sie hier.",
  bookmarkGone: "das Dokument wurde neu gelesen und sagt dort etwas anderes",
  similar: "Ähnliches",
  similarNone: "Keine andere Stelle ist dieser ähnlich",
  page: (page) => `Seite ${page}`,
  passage: "Stelle",
  passageIn: (title) => `Stelle in ${title}`,
  previousPassage: "Vorige",
  nextPassage: "Nächste",
  openOriginal: "Original öffnen",
  details: "Einzelheiten",
  factName: (name: string) => FACTS[name] ?? name,
  reprocess: "Noch einmal lesen",
  cancel: "Lesen anhalten",
  commandsFor: (title) => `Befehle für ${title}`,
  deleted: (title) => `„${title}“ wurde gelöscht.`,
  queued: "Wartet",
  processing: (stage, progress) =>
    `${STAGES[stage ?? ""] ?? stage ?? "Wird gelesen"}${progress === undefined ? "" : ` · ${Math.round(progress * 100)} %`}`,
  ready: (pages, chunks) =>
    `Bereit${pages ? ` · ${plural(pages, "Seite", "Seiten")}` : ""} · ${plural(chunks, "Stelle", "Stellen")}`,
  failed: "nicht lesbar",
  duplicate: "Schon in der Bibliothek",
  uploads: "Hinzugefügte Dateien",
  uploading: (count) => `${plural(count, "Datei wird", "Dateien werden")} gesendet`,
  uploaded: (count) => `${plural(count, "Datei", "Dateien")} hinzugefügt`,
  uploadState: named({
    waiting: "Wartet",
    sending: "Wird gesendet",
    sent: "Gesendet",
    duplicate: "Schon in der Bibliothek",
    failed: "Abgewiesen",
    cancelled: "Abgebrochen",
  }),
  clearUploads: "Diese Liste schließen",
  cancelUpload: (name) => `${name} abbrechen`,
  retryUpload: (name) => `${name} noch einmal senden`,
  sendingProgress: (name) => `${name} wird gesendet`,
  readingProgress: (name) => `${name} wird gelesen`,
  dropTitle: "Loslassen, um es in die Bibliothek aufzunehmen",
  dropHint: "Dateien und ganze Ordner",
};
