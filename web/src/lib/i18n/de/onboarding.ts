/** German words of the first steps. */
import { plural } from "../plural";
import type { Catalogue } from "../language";

const VENDORS: Record<string, string> = { ollama: "Ollama", "lm-studio": "LM Studio" };
const vendorName = (vendor: string) => VENDORS[vendor] ?? vendor;

export const onboarding: Catalogue["onboarding"] = {
  title: "Schön, dass du da bist",
  lead: "Familiar arbeitet sofort, ohne Schlüssel und ohne Netz. Ein Sprachmodell kannst du jederzeit hinzufügen.",
  askTitle: "Frag den Bibliothekar",
  askHint:
    "Er antwortet allein aus Dokumenten, Wort für Wort und mit der Quelle jedes Satzes. Familiars Handbuch hat er gelesen.",
  questions: ["How do I add a provider?", "Where does Familiar keep my data?"],
  dropTitle: "Bring eigene Dokumente mit",
  dropHint:
    "Zieh PDF, EPUB, Word, Markdown oder Text irgendwo auf diese Seite. Sie bleiben auf diesem Rechner; ein Modell, das du wählst, sieht nur die Stellen, aus denen es antwortet.",
  own: (count) => `${plural(count, "Dokument", "Dokumente")} von dir in der Bibliothek`,
  modelTitle: "Ein Sprachmodell hinzufügen",
  modelHint: "Mit dem API-Schlüssel eines Anbieters, oder einem Modellserver wie Ollama auf diesem Rechner.",
  modelsFound: (count) => `${plural(count, "Sprachmodell ist", "Sprachmodelle sind")} bereit: wähle unten eines.`,
  serviceFound: (vendor, models, url) =>
    `${vendorName(vendor)} läuft unter ${url} mit ${plural(models, "Modell", "Modellen")}.`,
  serviceInUse: (vendor, models) => `${vendorName(vendor)} wird benutzt, ${plural(models, "Modell", "Modelle")}`,
  useService: (vendor) => `${vendorName(vendor)} benutzen`,
  addKey: "Anbieter hinzufügen",
  dismiss: "Erste Schritte weglegen",
};
