/** Spanish words of the settings. */
import { plural } from "../plural";
import type { Catalogue } from "../language";

export const settings: Catalogue["settings"] = {
  title: "Ajustes",
  sections: {
    general: "General",
    providers: "Proveedores",
    tools: "Servidores de herramientas",
    conversations: "Conversaciones",
    appearance: "Aspecto",
    advanced: "Avanzado",
  },
  saved: "Guardado.",
  language: "Idioma",
  languageHint: "La página empieza de nuevo en él. Lo que escribes se conserva.",
  languageOfBrowser: "El del navegador",
  theme: "Tema",
  themeHint: "«Sistema» sigue a tu ordenador.",
  themes: { system: "Sistema", light: "Claro", dark: "Oscuro" },
  density: "Densidad",
  densityHint: "«Compacta» muestra más a la vez.",
  densities: { comfortable: "Holgada", compact: "Compacta" },
  textSize: "Tamaño",
  textSizeHint: "Todo crece con él, además de lo que amplíe su navegador.",
  textSizes: { normal: "Normal", large: "Grande", larger: "Más grande" },
  pictures: "Imágenes en mensajes y comparaciones",
  picturesHint:
    "Las más antiguas se eliminan una vez al día, lo que no se puede deshacer; quedan su nombre, su tamaño y todas las palabras. Las conversaciones con un enlace conservan las suyas mientras el enlace valga, y la biblioteca conserva sus documentos. Tras una actualización no se elimina nada durante los mismos días.",
  picturesKept: (days: number) =>
    days === 0 ? "Se conservan siempre" : `Se eliminan tras ${plural(days, "día", "días")}`,
  picturesFixed: "Lo dice el archivo de configuración.",
  defaultModel: "Modelo para conversaciones nuevas",
  defaultModelHint: "Cada conversación puede elegir otro.",
  automatic: "Lo elige Familiar",
  systemPrompt: "Instrucciones para todas las conversaciones",
  systemPromptHint: "Van delante de cada conversación; por ejemplo, cómo te gusta que te respondan.",
  titles: "Títulos escritos por el modelo",
  titlesHint: "Una pequeña llamada más tras la primera respuesta. Sin ella, el primer mensaje hace de título.",
  about: "Sobre esta instalación",
  version: "Versión",
  database: "Base de datos",
  dataFolder: "Carpeta de datos",
  runningSince: "En marcha desde",
  providersHint:
    "Empresas y programas que ofrecen modelos. Las claves se cifran en esta máquina y no se vuelven a mostrar.",
  addProvider: "Añadir un proveedor",
  editProvider: (name) => `Cambiar ${name}`,
  noProviders: "Aún no hay proveedores",
  noProvidersHint:
    "Sin ninguno, el Bibliotecario responde con tus documentos. Añade uno para hablar con modelos de lenguaje.",
  keySource: (source) =>
    ({
      environment: "Clave del entorno",
      file: "Clave del archivo",
      settings: "Clave guardada aquí",
      none: "Sin clave",
    })[source] ?? source,
  modelCount: (count) => plural(count, "modelo", "modelos"),
  notEditable: (source) =>
    source === "environment"
      ? "Viene del entorno; cámbialo allí."
      : source === "files"
        ? "Viene de los archivos de esta carpeta; añádelos y quítalos allí."
        : "Viene del archivo de configuración; cámbialo allí.",
  test: "Probar",
  vendor: "Fabricante",
  providerName: "Nombre",
  providerNameHint: "La primera mitad del nombre de sus modelos: letras minúsculas, cifras, puntos y guiones.",
  baseUrl: "Dirección",
  baseUrlHint: "Déjala vacía para la habitual del fabricante.",
  apiKey: "Clave de API",
  apiKeyHint: "De la consola del fabricante.",
  apiKeyOptional: "Solo si el servidor la pide.",
  apiKeyKeep: "Déjala vacía para conservar la actual.",
  onlyModels: "Solo estos modelos",
  onlyModelsHint: "Separados por comas o líneas; vacío significa todos los que ofrece el proveedor.",
  more: "Organización, proxy, cabeceras y plazos",
  organisation: "Organización",
  project: "Proyecto",
  proxy: "Proxy",
  proxyHint: "http, https o socks5; con usuario:contraseña@ delante del servidor si los pide.",
  headers: "Cabeceras que van con cada petición",
  headersHint: (kept) =>
    kept.length === 0
      ? "Una por línea, como Nombre: valor. Se guardan cifradas."
      : `Guardadas: ${kept.join(", ")}. Lo que escribas aquí las sustituye.`,
  badHeader: (line) => `«${line}» no es una cabecera; escríbela como Nombre: valor.`,
  forgetHeaders: "No enviar ninguna más",
  timeOuts: "Plazos en segundos; vacío es el habitual",
  timeOut: {
    connect_ms: "Para conectar",
    first_byte_ms: "Hasta la cabecera de una respuesta",
    first_token_ms: "Hasta su primer token",
    stall_ms: "Entre dos trozos",
    total_ms: "Hasta su final",
  },
  saveAndTest: "Guardar y probar",
  orderProviders: "Orden de los proveedores",
  orderProvidersHint:
    "Los modelos aparecen en este orden. Si no se elige ningún modelo, Familiar pregunta primero al primer proveedor.",
  providersOrdered: "Se cambió el orden de los proveedores.",
  removedHint: "Su clave se borra. Las conversaciones y el libro se quedan.",
  removed: (name) => `${name} se ha quitado.`,
};
