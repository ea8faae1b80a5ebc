/** German words of folders that the library is kept in step with. */
import type { Catalogue } from "../language";
import { figure } from "../plural";

const STATES: Record<string, string> = {
  in_step: "Auf dem Stand",
  catching_up: "Holt auf",
  unreachable: "Nicht erreichbar",
  leaving: "Wird entfernt",
};
const PROBLEMS: Record<string, string> = {
  missing: "Den Ordner gibt es im Augenblick nicht.",
  denied: "Familiar darf den Ordner nicht lesen.",
  not_a_folder: "Dort ist etwas anderes als ein Ordner.",
  another: "Dort ist jetzt ein anderer Ordner ohne eine der Dateien: Vielleicht ist ein Datenträger nicht eingehängt.",
  too_many: "Der Ordner hat zu viele Dateien.",
  failed: "Der Ordner konnte nicht angesehen werden.",
};
const REASONS: Record<string, string> = {
  unsupported: "kein Format, das gelesen werden kann",
  too_large: "zu groß",
  empty: "leer",
  link: "Verknüpfungen wird nicht gefolgt",
  unfinished: "dem Namen nach noch nicht ganz",
  unreadable: "darf nicht gelesen werden",
  name: "der Name ist kein Unicode",
  special: "keine Datei",
};

export const watched: Catalogue["watched"] = {
  title: "Überwachte Ordner",
  lead: "Was in diesen Ordnern liegt, kommt in die Bibliothek, und was sich darin ändert, ändert sich auch hier.",
  path: "Ordner",
  pathHint: "Der ganze Pfad auf dem Rechner, auf dem Familiar läuft, etwa /srv/buecher.",
  collection: "Sammlung",
  collectionHint: "Wohin die Dokumente kommen; darf leer bleiben.",
  add: "Ordner überwachen",
  list: "Ordner",
  none: "Kein Ordner wird überwacht",
  noneHint: "Nennen Sie oben einen, und seine Dokumente kommen von selbst herein.",
  ready: "Bereit",
  reading: "Wird gelesen",
  waiting: "Wartet",
  failed: "Nicht lesbar",
  deleted: "Von Hand gelöscht",
  hidden: "Versteckt",
  nothingDeleted: "Solange wird nichts davon aus der Bibliothek gelöscht.",
  state: (state: string) => STATES[state] ?? state,
  problem: (code: string) => PROBLEMS[code] ?? code,
  reason: (code: string, message: string) => REASONS[code] ?? message,
  looked: (when: string) => `Zuletzt angesehen: ${when}`,
  inCollection: (name: string) => `Sammlung ${name}`,
  ask: (path: string) => `Was wird aus den Dokumenten von ${path}?`,
  stopped: (path: string) => `${path} wird nicht mehr überwacht`,
  skipped: (count: number) => `Ausgelassen: ${figure(count)}`,
  look: "Jetzt nachsehen",
  stop: "Nicht mehr überwachen",
  askHint: "Nur was durch das Überwachen kam, kann mitgehen; 30 Tage lang lässt es sich wiederherstellen.",
  keep: "Dokumente behalten",
  drop: "Dokumente löschen",
};
