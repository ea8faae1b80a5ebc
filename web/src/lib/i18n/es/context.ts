/** Spanish words of the panel beside a conversation. */
import type { Catalogue } from "../language";
import { plural } from "../plural";

export const context: Catalogue["context"] = {
  title: "Contexto",
  show: "Mostrar en qué se apoyan las respuestas",
  hide: "Ocultar en qué se apoyan las respuestas",
  speaks: "Quién habla",
  nobody: "Nadie en particular: el modelo tal como es.",
  leave: "Hablar con nadie en particular",
  you: "Hablas como",
  told: "Contado para la última respuesta",
  toldNothing: "No se recordó nada para ella.",
  known: "Todo lo que se sabe aquí",
  leftOut: "Fuera del próximo turno",
  gonePictures: (count) =>
    `${plural(count, "imagen ya no se conserva", "imágenes ya no se conservan")}; a los modelos se les dice.`,
  goneFrom: (when) => `Del ${when}`,
  goneMore: (count) => `y ${plural(count, "imagen anterior", "imágenes anteriores")}`,
};
