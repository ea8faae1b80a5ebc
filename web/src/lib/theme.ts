/** Shows theme, density and size of the text, and remembers them for the first paint of the next visit (`public/theme.js` reads it). */

export type Theme = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";

export interface Appearance {
  theme: string;
  density: string;
  textSize: string;
}

const prefersDark = () => matchMedia("(prefers-color-scheme: dark)");

function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage may be forbidden; the server keeps the settings anyway.
  }
}

export function isDark(theme: string): boolean {
  return theme === "dark" || (theme !== "light" && prefersDark().matches);
}

export function applyAppearance({ theme, density, textSize }: Appearance): void {
  remember("familiar.theme", theme);
  remember("familiar.density", density);
  remember("familiar.textSize", textSize);
  document.documentElement.dataset["theme"] = isDark(theme) ? "dark" : "light";
  document.documentElement.dataset["density"] = density;
  document.documentElement.dataset["textSize"] = textSize;
}

/** Calls back when the system changes between light and dark. */
export function watchSystemTheme(changed: () => void): () => void {
  const query = prefersDark();
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}
