/** Words of the first steps. */
import { plural } from "./plural";

const VENDORS: Record<string, string> = { ollama: "Ollama", "lm-studio": "LM Studio" };
const vendorName = (vendor: string) => VENDORS[vendor] ?? vendor;

export const onboarding = {
  title: "Good to have you here",
  lead: "Familiar works at once, with no key and no network. Add a language model whenever you like.",
  askTitle: "Ask the Librarian",
  askHint:
    "It answers from documents alone, word for word and with the source of every sentence. It has read Familiar’s handbook.",
  questions: ["How do I add a provider?", "Where does Familiar keep my data?"],
  dropTitle: "Bring your own documents",
  dropHint:
    "Drop PDF, EPUB, Word, Markdown or text files anywhere on this page. They are kept on this machine only; a model you choose sees just the passages it answers from.",
  own: (count: number) => `${plural(count, "document", "documents")} of yours in the library`,
  modelTitle: "Add a language model",
  modelHint: "Use a provider’s API key, or a model server such as Ollama on this machine.",
  modelsFound: (count: number) =>
    `${plural(count, "language model is", "language models are")} ready: choose one below.`,
  serviceFound: (vendor: string, models: number, url: string) =>
    `${vendorName(vendor)} runs at ${url} with ${plural(models, "model", "models")}.`,
  serviceInUse: (vendor: string, models: number) =>
    `${vendorName(vendor)} is in use, ${plural(models, "model", "models")}`,
  useService: (vendor: string) => `Use ${vendorName(vendor)}`,
  addKey: "Add a provider",
  dismiss: "Put the first steps away",
} as const;
