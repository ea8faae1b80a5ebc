/** Whether this browser is one in which somebody works with Familiar: who opens a link of their own is not counted among its readers. */
const MARK = "familiar.home";

export function markHome(): void {
  try {
    localStorage.setItem(MARK, "1");
  } catch {
    // Storage may be forbidden; then the owner counts as a reader.
  }
}

export function isHome(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return false;
  }
}
