/** Spanish words of the panel beside a conversation. */
import type { Catalogue } from "../language";

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
};
