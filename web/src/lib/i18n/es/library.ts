/** Spanish words of the library. */
import { figure, plural } from "../plural";
import type { Catalogue } from "../language";

const STAGES: Record<string, string> = {
  extract: "Leyendo",
  chunk: "Cortando en pasajes",
  index: "Indexando",
  embed: "Aprendiendo su significado",
};
const named = (names: Record<string, string>) => (name: string) => names[name] ?? name;
const FACTS: Record<string, string> = {
  author: "Autoría",
  publisher: "Editorial",
  published: "Publicado",
  made: "Creado",
  language: "Idioma",
  file: "Archivo",
  added: "Añadido",
};

export const library: Catalogue["library"] = {
  title: "Biblioteca",
  lead: "Documentos en los que pueden apoyarse las respuestas, guardados en esta máquina. Suelta archivos o carpetas en cualquier parte de la página.",
  addFiles: "Añadir archivos",
  addFolder: "Añadir una carpeta",
  search: "Buscar en todos los documentos",
  filter: "Filtrar por nombre",
  statusFilter: "Estado",
  sort: "Orden",
  sortName: named({
    added: "Los últimos primero",
    title: "Por título",
    size: "Los más grandes primero",
    pages: "Con más páginas primero",
    status: "Sin terminar primero",
  }),
  statusName: named({
    "": "Todos los estados",
    queued: "En espera",
    processing: "Se está leyendo",
    ready: "Listo",
    failed: "No se puede leer",
  }),
  columns: {
    title: "Documento",
    status: "Estado",
    format: "Formato",
    pages: "Páginas",
    passages: "Pasajes",
    size: "Tamaño",
    added: "Añadido",
    commands: "Órdenes",
  },
  handbook: "Manual de Familiar",
  shown: (shown, total) =>
    shown === total
      ? plural(total, "documento", "documentos")
      : `${shown} de ${plural(total, "documento", "documentos")}`,
  emptyTitle: "La biblioteca está vacía",
  emptyHint:
    "Añade PDF, EPUB, MOBI, Word, PowerPoint, Excel, OpenDocument, correo, HTML, Markdown, texto o CSV. Cada archivo se corta en pasajes que las respuestas pueden citar.",
  noneFound: "Ningún documento coincide",
  noneFoundHint: "Cambia arriba el nombre o el estado.",
  noHits: (query) => `No se encontró nada para «${query}»`,
  noHitsHint: "Prueba con menos palabras, o con el principio de una y un asterisco: bibliot*.",
  hits: (total, took) => `${plural(total, "pasaje", "pasajes")} en ${took}.`,
  fuzzy: "Nada coincide exactamente; se muestran palabras parecidas.",
  chips: "Qué se hizo con tus palabras",
  chip: (kind, typed, meant) => {
    if (kind === "correction") return `«${typed}» leído como ${meant}`;
    if (kind === "vocabulary") return `«${typed}», en tus documentos también ${meant}`;
    if (kind === "related") return `con «${typed}» también: ${meant}`;
    return `«${typed}», también como ${meant}`;
  },
  chipOff: "Desactivar esto",
  chipOn: "Activar esto de nuevo",
  chipAdd: "Buscar también esto",
  synonyms: "Sinónimos",
  synonymsOwn: "Palabras que significan lo mismo",
  synonymsHint:
    "Un grupo por línea, las palabras separadas por comas, por ejemplo: pg, puntos de golpe. Valen junto a los incluidos.",
  synonymsShipped: "Incluidos en Familiar",
  synonymsSaved: "Se guardaron los sinónimos.",
  mode: "Cómo buscar",
  modeName: named({
    hybrid: "Por palabras y significado",
    keyword: "Solo por palabras",
    semantic: "Solo por significado",
  }),
  embedded: (embedded, documents) =>
    `${embedded} de ${plural(documents, "documento", "documentos")} se pueden encontrar ya por significado.`,
  wordsOnly: (code, message) =>
    ({
      no_embedder: "Búsqueda solo por palabras: aquí ningún modelo hace vectores.",
      no_vectors: "Búsqueda solo por palabras: aún no hay pasajes que encontrar por significado.",
      engine_failed: "Búsqueda solo por palabras: el motor que busca por significado no responde o se está llenando.",
    })[code] ?? message,
  foundBy: (hit) => {
    if (!hit.by_words) return "por significado";
    return hit.likeness === undefined || hit.likeness === null ? undefined : "por palabras y significado";
  },
  score: (score) => `puntuación ${figure(Math.round(score * 100) / 100)}`,
  order: "Orden de los resultados",
  orderName: (order) => ({ best: "Los mejores primero", place: "Por documento y lugar (los 200 mejores)" })[order],
  bookmark: "Marcador",
  bookmarks: "Marcadores",
  bookmarkRemove: "Quitar el marcador",
  bookmarkRemoved: "Se quitó el marcador.",
  bookmarksNone: "Aún no hay marcadores",
  bookmarksNoneHint: "«Marcador», debajo de un pasaje encontrado o junto al que se lee, lo guarda aquí.",
  bookmarkGone: "el documento se leyó de nuevo y ahí dice otra cosa",
  similar: "Más como este",
  similarNone: "Ningún otro pasaje se parece a este",
  page: (page) => `página ${page}`,
  passage: "Pasaje",
  passageIn: (title) => `Pasaje en ${title}`,
  previousPassage: "Anterior",
  nextPassage: "Siguiente",
  openOriginal: "Abrir el original",
  details: "Detalles",
  factName: (name: string) => FACTS[name] ?? name,
  reprocess: "Leerlo otra vez",
  cancel: "Dejar de leer",
  commandsFor: (title) => `Órdenes para ${title}`,
  deleted: (title) => `«${title}» se ha borrado.`,
  queued: "En espera",
  processing: (stage, progress) =>
    `${STAGES[stage ?? ""] ?? stage ?? "Se está leyendo"}${progress === undefined ? "" : ` · ${Math.round(progress * 100)} %`}`,
  ready: (pages, chunks) =>
    `Listo${pages ? ` · ${plural(pages, "página", "páginas")}` : ""} · ${plural(chunks, "pasaje", "pasajes")}`,
  failed: "no se puede leer",
  duplicate: "Ya está en la biblioteca",
  uploads: "Archivos añadidos",
  uploading: (count) => `Enviando ${plural(count, "archivo", "archivos")}`,
  uploaded: (count) => plural(count, "archivo añadido", "archivos añadidos"),
  uploadState: named({
    waiting: "En espera",
    sending: "Enviando",
    sent: "Enviado",
    duplicate: "Ya está en la biblioteca",
    failed: "Rechazado",
    cancelled: "Cancelado",
  }),
  clearUploads: "Cerrar esta lista",
  cancelUpload: (name) => `Cancelar ${name}`,
  retryUpload: (name) => `Enviar ${name} otra vez`,
  sendingProgress: (name) => `Enviando ${name}`,
  readingProgress: (name) => `Leyendo ${name}`,
  dropTitle: "Suelta para añadir a la biblioteca",
  dropHint: "Archivos y carpetas enteras",
};
