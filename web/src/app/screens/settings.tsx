/** A part of the settings by its address. */
import { getRouteApi } from "@tanstack/react-router";
import { SettingsScreen } from "@/features/settings/components/settings-screen";
import { isSection } from "@/features/settings/sections";
import { NotFoundScreen } from "../shell/not-found-screen";

const route = getRouteApi("/settings/$section");

export function SettingsPage() {
  const { section } = route.useParams();
  const { log } = route.useSearch();
  return isSection(section) ? <SettingsScreen section={section} log={log} /> : <NotFoundScreen />;
}
