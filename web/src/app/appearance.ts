/** Shows the theme and density that the settings say, and follows the system where they leave it open. */
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { settingsQuery } from "@/lib/api/settings";
import { applyAppearance, watchSystemTheme } from "@/lib/theme";

export function useAppearance(): void {
  const { data: settings } = useQuery(settingsQuery);
  const theme = settings?.theme ?? undefined;
  const density = settings?.density ?? "comfortable";
  useEffect(() => {
    if (theme === undefined) return undefined;
    const apply = () => applyAppearance(theme, density);
    apply();
    return watchSystemTheme(apply);
  }, [theme, density]);
}
