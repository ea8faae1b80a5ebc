/** Spanish words of the first steps. */
import { plural } from "../plural";
import type { Catalogue } from "../language";

const VENDORS: Record<string, string> = { ollama: "Ollama", "lm-studio": "LM Studio" };
const vendorName = (vendor: string) => VENDORS[vendor] ?? vendor;

export const onboarding: Catalogue["onboarding"] = {
  title: "Qué bien que estés aquí",
  lead: "Familiar funciona enseguida, sin clave y sin red. Añade un modelo de lenguaje cuando quieras.",
  askTitle: "Pregunta al Bibliotecario",
  askHint:
    "Responde solo con documentos, palabra por palabra y con la fuente de cada frase. Ha leído el manual de Familiar.",
  questions: ["How do I add a provider?", "Where does Familiar keep my data?"],
  dropTitle: "Trae tus documentos",
  dropHint:
    "Suelta PDF, EPUB, Word, Markdown o texto en cualquier parte de esta página. Se guardan solo en esta máquina; el modelo que elijas ve únicamente los pasajes con los que responde.",
  own: (count) => `${plural(count, "documento tuyo", "documentos tuyos")} en la biblioteca`,
  modelTitle: "Añade un modelo de lenguaje",
  modelHint: "Con la clave de un proveedor, o con un servidor de modelos como Ollama en esta máquina.",
  modelsFound: (count) =>
    `${plural(count, "modelo de lenguaje está listo", "modelos de lenguaje están listos")}: elige uno abajo.`,
  serviceFound: (vendor, models, url) =>
    `${vendorName(vendor)} está en marcha en ${url} con ${plural(models, "modelo", "modelos")}.`,
  serviceInUse: (vendor, models) => `${vendorName(vendor)} está en uso, ${plural(models, "modelo", "modelos")}`,
  useService: (vendor) => `Usar ${vendorName(vendor)}`,
  addKey: "Añadir un proveedor",
  dismiss: "Guardar los primeros pasos",
};
