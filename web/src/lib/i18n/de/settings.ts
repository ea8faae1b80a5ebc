/** German words of the settings. */
import { plural } from "../plural";
import type { Catalogue } from "../language";

export const settings: Catalogue["settings"] = {
  title: "Einstellungen",
  sections: {
    general: "Allgemein",
    providers: "Anbieter",
    tools: "Werkzeugserver",
    conversations: "Gespräche",
    appearance: "Aussehen",
    advanced: "Erweitert",
  },
  saved: "Gespeichert.",
  language: "Sprache",
  languageHint: "Die Seite beginnt in ihr von vorn. Was du schreibst, bleibt erhalten.",
  languageOfBrowser: "Wie der Browser sagt",
  theme: "Farben",
  themeHint: "„System“ folgt deinem Rechner.",
  themes: { system: "System", light: "Hell", dark: "Dunkel" },
  density: "Dichte",
  densityHint: "„Dicht“ zeigt mehr auf einmal.",
  densities: { comfortable: "Bequem", compact: "Dicht" },
  textSize: "Größe",
  textSizeHint: "Alles wächst mit, zusätzlich zu dem, was Ihr Browser vergrößert.",
  textSizes: { normal: "Normal", large: "Groß", larger: "Größer" },
  pictures: "Bilder in Nachrichten und Vergleichen",
  picturesHint:
    "Ältere werden einmal am Tag gelöscht, was sich nicht rückgängig machen lässt; ihr Name, ihre Größe und alle Worte bleiben. Gespräche mit einem Link behalten ihre, solange der Link gilt, und die Bibliothek behält ihre Dokumente. Nach einer Aktualisierung geht ebenso viele Tage lang nichts.",
  picturesKept: (days: number) => (days === 0 ? "Für immer behalten" : `Nach ${plural(days, "Tag", "Tagen")} gelöscht`),
  picturesFixed: "Die Konfigurationsdatei sagt das.",
  defaultModel: "Modell für neue Gespräche",
  defaultModelHint: "Jedes Gespräch kann ein anderes wählen.",
  automatic: "Familiar wählt",
  systemPrompt: "Anweisungen für jedes Gespräch",
  systemPromptHint: "Sie gehen jedem Gespräch voran, zum Beispiel wie du Antworten haben möchtest.",
  titles: "Titel, die das Modell schreibt",
  titlesHint: "Ein kleiner Aufruf mehr nach der ersten Antwort. Sonst macht die erste Nachricht den Titel.",
  about: "Über diese Installation",
  version: "Version",
  database: "Datenbank",
  dataFolder: "Datenordner",
  runningSince: "Läuft seit",
  providersHint:
    "Firmen und Programme, die Modelle anbieten. Schlüssel werden auf diesem Rechner verschlüsselt und nie wieder gezeigt.",
  addProvider: "Anbieter hinzufügen",
  editProvider: (name) => `${name} ändern`,
  noProviders: "Noch kein Anbieter",
  noProvidersHint:
    "Ohne einen antwortet der Bibliothekar aus deinen Dokumenten. Füge einen hinzu, um mit Sprachmodellen zu sprechen.",
  keySource: (source) =>
    ({
      environment: "Schlüssel aus der Umgebung",
      file: "Schlüssel aus der Datei",
      settings: "Schlüssel hier aufbewahrt",
      none: "Kein Schlüssel",
    })[source] ?? source,
  modelCount: (count) => plural(count, "Modell", "Modelle"),
  notEditable: (source) =>
    source === "environment"
      ? "Kommt aus der Umgebung; ändere es dort."
      : source === "files"
        ? "Kommt aus den Dateien in diesem Ordner; füge sie dort hinzu oder entferne sie dort."
        : "Kommt aus der Konfigurationsdatei; ändere es dort.",
  test: "Prüfen",
  vendor: "Hersteller",
  providerName: "Name",
  providerNameHint: "Die erste Hälfte der Namen seiner Modelle: kleine Buchstaben, Ziffern, Punkte und Striche.",
  baseUrl: "Adresse",
  baseUrlHint: "Leer heißt die übliche des Herstellers.",
  apiKey: "API-Schlüssel",
  apiKeyHint: "Aus der Verwaltung des Herstellers.",
  apiKeyOptional: "Nur, wenn der Server einen verlangt.",
  apiKeyKeep: "Leer behält den jetzigen Schlüssel.",
  onlyModels: "Nur diese Modelle",
  onlyModelsHint: "Getrennt durch Kommas oder Zeilen; leer heißt alle, die der Anbieter nennt.",
  more: "Organisation, Proxy, Kopfzeilen und Fristen",
  organisation: "Organisation",
  project: "Projekt",
  proxy: "Proxy",
  proxyHint: "http, https oder socks5; mit benutzer:passwort@ vor dem Rechner, wo er danach fragt.",
  headers: "Kopfzeilen, die jede Anfrage mitbekommt",
  headersHint: (kept) =>
    kept.length === 0
      ? "Eine je Zeile, als Name: Wert. Sie werden verschlüsselt aufbewahrt."
      : `Aufbewahrt: ${kept.join(", ")}. Was du hier schreibst, ersetzt sie.`,
  badHeader: (line) => `„${line}“ ist keine Kopfzeile; schreib sie als Name: Wert.`,
  forgetHeaders: "Keine mehr davon senden",
  timeOuts: "Fristen in Sekunden; leer heißt die übliche",
  timeOut: {
    connect_ms: "Bis zur Verbindung",
    first_byte_ms: "Bis zum Kopf einer Antwort",
    first_token_ms: "Bis zu ihrem ersten Token",
    stall_ms: "Zwischen zwei Stücken",
    total_ms: "Bis zu ihrem Ende",
  },
  saveAndTest: "Speichern und prüfen",
  orderProviders: "Reihenfolge der Anbieter",
  orderProvidersHint:
    "In dieser Reihenfolge werden Modelle aufgeführt. Wo kein Modell gewählt ist, fragt Familiar den ersten Anbieter zuerst.",
  providersOrdered: "Die Reihenfolge der Anbieter wurde geändert.",
  removedHint: "Sein Schlüssel wird gelöscht. Gespräche und Hauptbuch bleiben.",
  removed: (name) => `${name} wurde entfernt.`,
};
