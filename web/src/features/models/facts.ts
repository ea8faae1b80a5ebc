/** Facts of a model in words. */
import { formatCompact } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { DeploymentHealth, Model } from "@/lib/types";
import type { Tone } from "@/ui/feedback";

export const STATE_TONES: Record<string, Tone> = {
  available: "good",
  degraded: "warn",
  rate_limited: "warn",
  quota_exceeded: "danger",
  unavailable: "danger",
};

export function pricesOf(model: Model): { short: string; long: string } {
  if (!model.prices) {
    const words = model.language_model && !model.local ? text.models.priceUnknown : text.models.free;
    return { short: words, long: words };
  }
  const { input_usd, output_usd, cached_input_usd } = model.prices;
  return {
    short: text.models.pricesShort(input_usd, output_usd),
    long: [
      text.models.pricesLong(input_usd, output_usd, cached_input_usd ?? undefined),
      model.prices.audio_hour_usd ? text.models.priceHour(model.prices.audio_hour_usd) : undefined,
      model.prices.characters_usd ? text.models.priceCharacters(model.prices.characters_usd) : undefined,
    ]
      .filter((part) => part !== undefined)
      .join(" · "),
  };
}

export function contextOf(model: Model): string {
  return model.context_window ? formatCompact(model.context_window) : "–";
}

/** Calls and failures of the last hour, and the line that shows it: the time of 95 of 100 answers. */
export function lastHourOf(health: DeploymentHealth | undefined): {
  calls: number;
  failures: number;
  values: (number | null)[];
} {
  const minutes = health?.last_hour ?? [];
  return {
    calls: minutes.reduce((sum, minute) => sum + minute.calls, 0),
    failures: minutes.reduce((sum, minute) => sum + minute.failures, 0),
    values: minutes.map((minute) => minute.p95_ms ?? null),
  };
}
