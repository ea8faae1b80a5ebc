/** How an outcome is coloured. */
import type { Tone } from "@/ui/feedback";

export const OUTCOME_TONES: Record<string, Tone> = {
  ok: "good",
  failed: "danger",
  cancelled: "warn",
  interrupted: "warn",
};
