/** Facts of a model in words. */
import { formatCompact } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { DeploymentHealth, Model, TokenPrices } from "@/lib/types";
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

/** Everything that is known about a model's prices, as lines of a table: what is said of it, and the price. */
export function priceLinesOf(model: Model): [string, string][] {
  const { prices } = model;
  if (!prices) return [[text.models.price, pricesOf(model).long]];
  const lines: [string, string | null | undefined][] = [
    [text.models.priceOf("input"), prices.input_usd],
    [text.models.priceOf("cached_input"), prices.cached_input_usd],
    [text.models.priceOf("cache_write"), prices.cache_write_usd],
    [text.models.priceOf("cache_write_long"), prices.cache_write_long_usd],
    [text.models.priceOf("output"), prices.output_usd],
    [text.models.priceOf("reasoning"), prices.reasoning_usd],
    [text.models.priceOf("audio_input"), prices.audio_input_usd],
    [text.models.priceOf("cached_audio"), prices.cached_audio_usd],
    [text.models.priceOf("audio_output"), prices.audio_output_usd],
    [text.models.priceOf("image_input"), prices.image_input_usd],
    [text.models.priceOf("image_output"), prices.image_output_usd],
    [text.models.priceOf("audio_hour"), prices.audio_hour_usd],
    [text.models.priceOf("characters"), prices.characters_usd],
    [text.models.priceOf("image"), prices.image_usd],
    [text.models.priceOf("searches"), prices.searches_usd],
  ];
  const known = lines.flatMap(([name, price]): [string, string][] => (price ? [[name, `$${price}`]] : []));
  const pair = (one: TokenPrices) =>
    text.models.pricesLong(one.input_usd, one.output_usd, one.cached_input_usd ?? undefined);
  for (const step of prices.long_context) {
    known.push([text.models.priceAbove(formatCompact(step.above)), pair(step.prices)]);
  }
  for (const one of prices.services) {
    known.push([text.models.priceService(one.service, one.percent ?? undefined), pair(one.prices)]);
  }
  for (const one of prices.volume) {
    known.push([text.models.priceVolume(formatCompact(one.above)), text.models.percent(one.percent)]);
  }
  if (typeof prices.region_percent === "number") {
    known.push([text.models.priceRegion, text.models.percent(prices.region_percent)]);
  }
  if (prices.since) known.push([text.models.priceSince, prices.since.slice(0, 10)]);
  for (const change of prices.changes)
    known.push([text.models.priceFrom(change.from.slice(0, 10)), pair(change.prices)]);
  if (prices.own) known.push([text.models.priceSource, text.models.priceOwn]);
  return known;
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
