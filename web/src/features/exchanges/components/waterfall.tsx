/** Where the time of an exchange went: each call until it answered or failed, and the writing. */
import { formatDuration } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Attempt, Timings } from "@/lib/types";
import { waterfallOf } from "../waterfall";

export function Waterfall({ timings, attempts }: { timings: Timings; attempts: readonly Attempt[] }) {
  const bars = waterfallOf(timings, attempts);
  return (
    <>
      {bars.length === 0 ? (
        <p className="field-hint">{text.exchanges.noCall}</p>
      ) : (
        <ol className="waterfall numeric">
          {bars.map((bar) => {
            const name = [text.exchanges.bar(bar.kind), bar.name].filter(Boolean).join(" · ");
            return (
              <li key={`${bar.kind} ${bar.from_ms} ${bar.name}`} className="waterfall-row">
                <span className="waterfall-name">{name}</span>
                <span
                  className="waterfall-track"
                  role="img"
                  aria-label={text.exchanges.barValue(name, formatDuration(bar.from_ms), formatDuration(bar.took_ms))}
                >
                  <span
                    className={`waterfall-bar waterfall-${bar.kind}`}
                    style={{ insetInlineStart: `${bar.start * 100}%`, inlineSize: `max(2px, ${bar.size * 100}%)` }}
                  />
                </span>
                <span className="end">{formatDuration(bar.took_ms)}</span>
                {bar.error ? <span className="waterfall-error">{bar.error}</span> : undefined}
              </li>
            );
          })}
        </ol>
      )}
      {typeof timings.tokens_per_second === "number" ? (
        <p className="field-hint numeric">
          {text.exchanges.tokensPerSecond(timings.tokens_per_second.toFixed(timings.tokens_per_second < 10 ? 1 : 0))}
        </p>
      ) : undefined}
    </>
  );
}
