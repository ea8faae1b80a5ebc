/** Spanish words of folders that the library is kept in step with. */
import type { Catalogue } from "../language";
import { figure } from "../plural";

const STATES: Record<string, string> = {
  in_step: "Al día",
  catching_up: "Poniéndose al día",
  unreachable: "Inaccesible",
  leaving: "Quitándose",
};
const PROBLEMS: Record<string, string> = {
  missing: "Esa carpeta no existe en este momento.",
  denied: "Familiar no tiene permiso para leer la carpeta.",
  not_a_folder: "Allí hay algo que no es una carpeta.",
  another: "Ahora hay otra carpeta sin ninguno de los archivos: quizá un disco no esté montado.",
  too_many: "La carpeta tiene demasiados archivos.",
  failed: "No se pudo revisar la carpeta.",
};
const REASONS: Record<string, string> = {
  unsupported: "ningún formato que se pueda leer",
  too_large: "demasiado grande",
  empty: "vacío",
  link: "los enlaces no se siguen",
  unfinished: "incompleto, según su nombre",
  unreadable: "no se permite leerlo",
  name: "su nombre no es Unicode",
  special: "no es un archivo",
};

export const watched: Catalogue["watched"] = {
  title: "Carpetas vigiladas",
  lead: "Lo que hay en estas carpetas entra en la biblioteca, y lo que cambia en ellas cambia también aquí.",
  path: "Carpeta",
  pathHint: "La ruta completa en el equipo donde se ejecuta Familiar, como /srv/libros.",
  collection: "Colección",
  collectionHint: "Dónde se ponen sus documentos; puede quedar vacío.",
  add: "Vigilar la carpeta",
  list: "Carpetas",
  none: "No se vigila ninguna carpeta",
  noneHint: "Indique una arriba y sus documentos entrarán por sí solos.",
  ready: "Listos",
  reading: "Leyéndose",
  waiting: "En espera",
  failed: "Ilegibles",
  deleted: "Eliminados a mano",
  hidden: "Ocultos",
  nothingDeleted: "Mientras tanto no se elimina nada de ella de la biblioteca.",
  state: (state: string) => STATES[state] ?? state,
  problem: (code: string) => PROBLEMS[code] ?? code,
  reason: (code: string, message: string) => REASONS[code] ?? message,
  looked: (when: string) => `Revisada por última vez: ${when}`,
  inCollection: (name: string) => `Colección ${name}`,
  ask: (path: string) => `¿Qué pasa con los documentos de ${path}?`,
  stopped: (path: string) => `${path} ya no se vigila`,
  skipped: (count: number) => `Omitidos: ${figure(count)}`,
  look: "Revisar ahora",
  stop: "Dejar de vigilar",
  askHint: "Solo pueden irse los que llegaron por la vigilancia; durante 30 días se pueden restaurar.",
  keep: "Conservar los documentos",
  drop: "Eliminar los documentos",
};
