/** Spanish words of the frame: buttons, sidebar, status bar, palette, help. */
import { formatMonth } from "../../format";
import { plural } from "../plural";
import type { Catalogue } from "../language";

export const common: Catalogue["common"] = {
  name: "Familiar",
  home: "Familiar, al inicio",
  skip: "Saltar al contenido",
  loading: "Cargando",
  retry: "Probar otra vez",
  reload: "Recargar la página",
  cancel: "Cancelar",
  close: "Cerrar",
  done: "Listo",
  save: "Guardar",
  edit: "Editar",
  remove: "Quitar",
  rename: "Renombrar",
  newTitle: "Título",
  delete: "Borrar",
  undo: "Deshacer",
  copy: "Copiar",
  copied: "Copiado",
  copyFailed: "El navegador no permite copiar aquí",
  copyReport: "Copiar un informe",
  more: "Mostrar más",
  collapse: "Plegar",
  expand: "Desplegar",
  notifications: "Avisos",
  screenBroke: "Esta pantalla no se pudo mostrar",
  correlation: (id) => `El registro sabe más, con el número ${id}.`,
  notFound: "En esta dirección no hay nada",
  jobGone: "Esta tarea ya no se conoce",
  notFoundHint: "Puede que se haya borrado, o que el enlace esté incompleto.",
};

export const sidebar: Catalogue["sidebar"] = {
  title: "Barra lateral",
  open: "Abrir la barra lateral",
  places: "Lugares",
  conversations: "Conversaciones",
  newChat: "Nueva conversación",
  search: "Buscar conversaciones",
  empty: "Aquí aparecerá aquello de lo que hables.",
  nothingFound: (query) => `Ninguna conversación contiene «${query}».`,
  group: (key) => {
    const names: Record<string, string> = {
      today: "Hoy",
      yesterday: "Ayer",
      week: "Últimos 7 días",
      month: "Últimos 30 días",
    };
    return names[key] ?? formatMonth(key);
  },
  commandsFor: (title) => `Órdenes para «${title}»`,
  renameTitle: "Renombrar la conversación",
  deleted: (title) => `«${title}» se ha borrado.`,
  writing: "Se está escribiendo una respuesta",
};

export const status: Catalogue["status"] = {
  title: "Estado",
  connection: { connecting: "Conectando", online: "Conectado", reconnecting: "Conexión perdida, reconectando" },
  jobs: (count) => `${plural(count, "tarea", "tareas")} en marcha`,
  conversation: (cost) => `Esta conversación ${cost}`,
  context: (tokens) => `Contexto: ${tokens}`,
  month: (cost) => `Este mes ${cost}`,
};

export const actions: Catalogue["actions"] = {
  go: "Ir a",
  gateway: "Pasarela",
  failures: "Intercambios que fallaron",
  view: "Vista",
  chat: "Esta conversación",
  palette: "Paleta de órdenes",
  placeholder: "¿Qué quieres hacer?",
  nothing: "Ninguna orden ni conversación tiene esas palabras.",
  toggleSidebar: "Mostrar u ocultar la barra lateral",
  dark: "Tema oscuro",
  light: "Tema claro",
};

export const help: Catalogue["help"] = {
  title: "Ayuda",
  lead: "El manual de esta versión. Está en el propio programa y no necesita red.",
  search: "Buscar en el manual",
  results: "Lo encontrado en el manual",
  found: (count) => `Lugares encontrados: ${count}`,
  nothing: (query) => `El manual no dice nada de «${query}».`,
  nothingHint: "Pruebe con menos palabras o con otras. Todas tienen que estar en una misma sección.",
  clear: "Borrar la búsqueda",
  pages: "Páginas del manual",
  whatsNew: "Novedades",
  version: (version) => `Este es Familiar ${version}.`,
  englishOnly: "El manual está escrito en inglés.",
  unknown: (page) => `El manual no tiene ninguna página «${page}».`,
  unknownHint: "En la lista están todas las páginas que hay.",
  asScreen: "Abrir como página",
  shortcuts: "Atajos de teclado",
  shortcutsHint: "A cada uno se le pueden dar otras teclas, que se guardan en este dispositivo.",
  pressKeys: "Pulse las nuevas teclas",
  keysTaken: (action) => `«${action}» ya tiene estas teclas`,
  changeKeys: (action) => `Otras teclas para «${action}»`,
  ownKeys: (action) => `Las teclas habituales de «${action}»`,
  writing: "Al escribir",
  newLine: "Nueva línea",
  shift: "Mayús",
};
