/** The parts of the settings, in order. */
import { Activity, MessagesSquare, Palette, Plug, SlidersHorizontal, Wrench, type LucideIcon } from "lucide-react";

export const SECTIONS = ["general", "providers", "tools", "conversations", "appearance", "advanced"] as const;
export type Section = (typeof SECTIONS)[number];

export const SECTION_ICONS: Record<Section, LucideIcon> = {
  general: SlidersHorizontal,
  providers: Plug,
  tools: Wrench,
  conversations: MessagesSquare,
  appearance: Palette,
  advanced: Activity,
};

export function isSection(value: string): value is Section {
  return (SECTIONS as readonly string[]).includes(value);
}
