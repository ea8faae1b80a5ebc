/** Gives the focus to a message of the conversation that is shown. */

export const MESSAGE = "article[data-message]";

/** Rows are measured before they are shown, and only what is shown can have the focus: a few frames. */
export function focusMessage(id: string, tries = 40): void {
  const message = document.querySelector<HTMLElement>(`${MESSAGE}[data-message="${CSS.escape(id)}"]`);
  message?.focus({ preventScroll: true });
  if (document.activeElement !== message && tries > 0) requestAnimationFrame(() => focusMessage(id, tries - 1));
}

/** After a message went: to the one that stands in its place, or to where the next one is written. */
export function focusLeft(id: string | undefined): void {
  if (id === undefined) document.querySelector<HTMLElement>(".composer-field")?.focus();
  else focusMessage(id);
}
