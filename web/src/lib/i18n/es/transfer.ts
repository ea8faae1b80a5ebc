/** Spanish words of conversations from and to files. */
import type { Catalogue } from "../language";
import { figure, plural } from "../plural";

export const transfer: Catalogue["transfer"] = {
  importTitle: "Traer conversaciones",
  importHint:
    "Exportaciones de ChatGPT, Claude, Open WebUI, LibreChat, SillyTavern, ShareGPT o Familiar, tal como llegaron: el archivo comprimido o su JSON. Se conservan todas las ramas; el mismo archivo otra vez no añade nada.",
  chooseFiles: "Archivos",
  looking: "Mirando los archivos …",
  taking: "Trayendo …",
  going: (label, file, done, of) => `${label} ${figure(done)} de ${figure(of)} en ${file}`,
  stopped: "Interrumpido",
  stoppedHint: "Lo que ya se había traído se queda. Los mismos archivos otra vez traen el resto.",
  takeOver: (count) => `Traer ${plural(count, "conversación", "conversaciones")}`,
  took: (count) => `${plural(count, "conversación traída", "conversaciones traídas")}.`,
  found: (file, source, count) => `${source}: ${plural(count, "conversación", "conversaciones")} en ${file}`,
  states: ({ fresh, grown, here, restored }) =>
    [
      fresh > 0 ? `${fresh} nuevas` : "",
      grown > 0 ? `${grown} con más` : "",
      restored > 0 ? `${restored} borradas antes` : "",
      here > 0 ? `${here} ya están` : "",
    ]
      .filter(Boolean)
      .join(", "),
  messages: (count) => plural(count, "mensaje nuevo", "mensajes nuevos"),
  shelves: ({ folders, tags }) =>
    [
      folders > 0 ? plural(folders, "carpeta nueva", "carpetas nuevas") : "",
      tags > 0 ? plural(tags, "etiqueta nueva", "etiquetas nuevas") : "",
    ]
      .filter(Boolean)
      .join(", "),
  leftOut: ({ deleted, media, files, tools, instructions }) => {
    const parts = [
      deleted > 0 ? plural(deleted, "mensaje eliminado aquí", "mensajes eliminados aquí") : "",
      media > 0 ? plural(media, "imagen o grabación", "imágenes o grabaciones") : "",
      files > 0 ? plural(files, "archivo", "archivos") : "",
      tools > 0 ? plural(tools, "llamada a herramienta", "llamadas a herramientas") : "",
      instructions > 0 ? plural(instructions, "instrucción", "instrucciones") : "",
    ].filter(Boolean);
    return parts.length > 0 ? `se omite: ${parts.join(", ")}` : "";
  },
  broken: (count, which) => `${plural(count, "no se puede leer", "no se pueden leer")}: ${which}`,
  exportIt: "Guardar como archivo",
  exportTitle: (title) => `Guardar «${title}»`,
  exportAllTitle: "Guardar todas las conversaciones",
  form: "Formato",
  forms: {
    markdown: "Markdown",
    html: "Página (HTML)",
    pdf: "PDF (imprimiendo)",
    json: "Todo (JSON)",
    openai: "Líneas de OpenAI (JSONL)",
    sharegpt: "ShareGPT (JSON)",
  },
  formHint: {
    markdown: "Lo que se muestra, para personas y editores.",
    html: "Lo que se muestra, como página que no necesita nada más; impresa es un PDF.",
    pdf: "Lo que se muestra, compuesto para papel: tu navegador lo imprime o lo guarda como PDF.",
    json: "Todas las ramas y todo lo que se sabe; Familiar lo vuelve a leer.",
    openai: "Lo que se muestra, una conversación por línea, para ajuste fino.",
    sharegpt: "Lo que se muestra, como lo tienen los conjuntos de datos.",
  },
  save: "Guardar",
  print: "Imprimir o guardar como PDF",
  saveAll: "Guardar todas",
};
