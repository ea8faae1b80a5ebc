/** Notifications of the computer for alerts. Nothing is asked or shown before a person wants it with a button. */
import { createStore, useStore } from "./store";
import type { Alert } from "./types";

const KEY = "familiar.notifications";

export type NotificationState = "unsupported" | "off" | "on" | "blocked";

function now(): NotificationState {
  if (!("Notification" in globalThis)) return "unsupported";
  if (Notification.permission === "denied") return "blocked";
  return Notification.permission === "granted" && wanted() ? "on" : "off";
}

function wanted(): boolean {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
}

function want(on: boolean): void {
  try {
    if (on) localStorage.setItem(KEY, "on");
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing forgets this too.
  }
}

const state = createStore<NotificationState>(now());

export function useNotifications(): NotificationState {
  return useStore(state);
}

/** Switches notifications on or off; the browser asks its person where it has to. */
export async function setNotifications(on: boolean): Promise<void> {
  want(on);
  if (on && "Notification" in globalThis && Notification.permission === "default")
    await Notification.requestPermission();
  state.set(now());
}

/** Shows an alert that is new, if somebody wants that. */
export function notifyOf(alert: Alert): void {
  if (now() !== "on") return;
  // The tag lets several windows show it once.
  const shown = new Notification(alert.title, { body: alert.message, tag: alert.id });
  shown.addEventListener("click", () => {
    globalThis.focus();
    shown.close();
  });
}
