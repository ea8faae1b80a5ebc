/** The parts of the settings, in order. */
import { KeyRound, Palette, Plug, SlidersHorizontal, type LucideIcon } from "lucide-react";

export const SECTIONS = ["general", "providers", "keys", "appearance"] as const;
export type Section = (typeof SECTIONS)[number];

export const SECTION_ICONS: Record<Section, LucideIcon> = {
  general: SlidersHorizontal,
  providers: Plug,
  keys: KeyRound,
  appearance: Palette,
};

export function isSection(value: string): value is Section {
  return (SECTIONS as readonly string[]).includes(value);
}
