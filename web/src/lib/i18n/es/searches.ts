/** Spanish words of how searches went. */
import type { Catalogue } from "../language";

export const searches: Catalogue["searches"] = {
  title: "Búsquedas",
  asked: "Búsquedas",
  withoutHits: "Sin resultados",
  opened: "Se abrió algo",
  nearTop: "Abierto entre los tres primeros",
  frequent: "Lo más buscado",
  missed: "No encontrado",
  popular: "Lo más abierto",
  hint: "De los últimos 30 días. Las búsquedas se guardan 90 días en este equipo.",
  forget: "Olvidar todas las búsquedas",
  forgetTitle: "¿Olvidar todas las búsquedas?",
  forgetHint: "Se va lo que se buscó y lo que se abrió, y con ello todo lo que se cuenta aquí. No se puede deshacer.",
  forgotten: "Todas las búsquedas están olvidadas.",
  none: "Todavía no se ha buscado nada.",
};
