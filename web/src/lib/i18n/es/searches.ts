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
  none: "Todavía no se ha buscado nada.",
};
