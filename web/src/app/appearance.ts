/** Shows the theme, density, size of the text and language that the settings say, and follows the system where they leave it open. */
import { useIsMutating, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { settingsQuery } from "@/lib/api/settings";
import { takeLanguage } from "@/lib/i18n/language";
import { applyAppearance, watchSystemTheme } from "@/lib/theme";

export function useAppearance(): void {
  const { data: settings } = useQuery(settingsQuery);
  const theme = settings?.theme ?? undefined;
  const density = settings?.density ?? "comfortable";
  const textSize = settings?.text_size ?? "normal";
  const language = settings?.language;
  // Another language begins the page anew: not before the server has heard of it.
  const saving = useIsMutating() > 0;
  useEffect(() => {
    if (language !== undefined && !saving) takeLanguage(language);
  }, [language, saving]);
  useEffect(() => {
    if (theme === undefined) return undefined;
    const apply = () => applyAppearance({ theme, density, textSize });
    apply();
    return watchSystemTheme(apply);
  }, [theme, density, textSize]);
}
