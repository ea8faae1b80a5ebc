/** German words of the frame: buttons, sidebar, status bar, palette, help. */
import { formatMonth } from "../../format";
import { plural } from "../plural";
import type { Catalogue } from "../language";

export const common: Catalogue["common"] = {
  name: "Familiar",
  home: "Familiar, zum Anfang",
  skip: "Zum Inhalt springen",
  loading: "Wird geladen",
  retry: "Noch einmal versuchen",
  reload: "Seite neu laden",
  cancel: "Abbrechen",
  close: "Schließen",
  done: "Fertig",
  save: "Speichern",
  edit: "Ändern",
  remove: "Entfernen",
  rename: "Umbenennen",
  newTitle: "Titel",
  delete: "Löschen",
  undo: "Rückgängig",
  copy: "Kopieren",
  copied: "Kopiert",
  copyFailed: "Der Browser erlaubt hier kein Kopieren",
  copyReport: "Bericht kopieren",
  more: "Mehr zeigen",
  collapse: "Einklappen",
  expand: "Ausklappen",
  notifications: "Mitteilungen",
  screenBroke: "Diese Ansicht konnte nicht gezeigt werden",
  correlation: (id) => `Mehr steht im Protokoll unter ${id}.`,
  notFound: "Unter dieser Adresse ist nichts",
  jobGone: "Dieser Auftrag ist nicht mehr bekannt",
  notFoundHint: "Vielleicht wurde es gelöscht, oder der Link ist unvollständig.",
};

export const sidebar: Catalogue["sidebar"] = {
  title: "Seitenleiste",
  open: "Seitenleiste öffnen",
  places: "Orte",
  conversations: "Gespräche",
  newChat: "Neues Gespräch",
  search: "Gespräche durchsuchen",
  empty: "Worüber du sprichst, steht dann hier.",
  nothingFound: (query) => `In keinem Gespräch steht „${query}“.`,
  group: (key) => {
    const names: Record<string, string> = {
      today: "Heute",
      yesterday: "Gestern",
      week: "Letzte 7 Tage",
      month: "Letzte 30 Tage",
    };
    return names[key] ?? formatMonth(key);
  },
  commandsFor: (title) => `Befehle für „${title}“`,
  renameTitle: "Gespräch umbenennen",
  deleted: (title) => `„${title}“ wurde gelöscht.`,
  writing: "Eine Antwort wird geschrieben",
};

export const status: Catalogue["status"] = {
  title: "Status",
  connection: {
    connecting: "Verbindet",
    online: "Verbunden",
    reconnecting: "Verbindung verloren, verbindet neu",
  },
  jobs: (count) => `${plural(count, "Auftrag läuft", "Aufträge laufen")}`,
  conversation: (cost) => `Dieses Gespräch ${cost}`,
  context: (tokens) => `Kontext ${tokens}`,
  month: (cost) => `Dieser Monat ${cost}`,
};

export const actions: Catalogue["actions"] = {
  go: "Gehe zu",
  gateway: "Gateway",
  failures: "Gescheiterte Austausche",
  view: "Ansicht",
  chat: "Dieses Gespräch",
  palette: "Befehle",
  placeholder: "Was möchtest du tun?",
  nothing: "Kein Befehl und kein Gespräch hat diese Wörter.",
  toggleSidebar: "Seitenleiste zeigen oder verbergen",
  dark: "Dunkles Aussehen",
  light: "Helles Aussehen",
};

export const help: Catalogue["help"] = {
  title: "Hilfe",
  lead: "Das Handbuch dieser Version. Es steckt im Programm selbst und braucht kein Netz.",
  search: "Im Handbuch suchen",
  results: "Was im Handbuch gefunden wurde",
  found: (count) => `Gefundene Stellen: ${count}`,
  nothing: (query) => `Das Handbuch sagt nichts zu „${query}“.`,
  nothingHint: "Weniger oder andere Wörter können helfen. Alle Wörter müssen in einem Abschnitt stehen.",
  clear: "Suche leeren",
  pages: "Seiten des Handbuchs",
  whatsNew: "Was ist neu",
  version: (version) => `Dies ist Familiar ${version}.`,
  englishOnly: "Das Handbuch ist auf Englisch geschrieben.",
  unknown: (page) => `Das Handbuch hat keine Seite „${page}“.`,
  unknownHint: "In der Liste stehen alle Seiten, die es gibt.",
  asScreen: "Als Seite öffnen",
  shortcuts: "Tastenkürzel",
  shortcutsHint: "Jedem lassen sich andere Tasten geben; sie werden auf diesem Gerät behalten.",
  pressKeys: "Die neuen Tasten drücken",
  keysTaken: (action) => `„${action}“ hat diese Tasten schon`,
  changeKeys: (action) => `Andere Tasten für „${action}“`,
  ownKeys: (action) => `Die üblichen Tasten für „${action}“`,
  writing: "Beim Schreiben",
  newLine: "Neue Zeile",
  shift: "Umschalt",
};
