/** Whether the server is there, as the event stream sees it. */
import { createStore } from "./store";

export type Connection = "connecting" | "online" | "reconnecting";

export const connectionStore = createStore<Connection>("connecting");
