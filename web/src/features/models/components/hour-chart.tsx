/** The last hour, minute by minute: calls as bars, the failed part of them in red. */
import { formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { HealthMinute } from "@/lib/types";

export function HourChart({ minutes }: { minutes: readonly HealthMinute[] }) {
  const most = Math.max(1, ...minutes.map((minute) => minute.calls));
  const calls = minutes.reduce((sum, minute) => sum + minute.calls, 0);
  const failures = minutes.reduce((sum, minute) => sum + minute.failures, 0);
  const percent = (count: number) => `${(count / most) * 100}%`;
  return (
    <>
      <div className="hour" role="img" aria-label={text.models.lastHour(calls, failures)}>
        {minutes.map((minute) => (
          <span
            key={minute.at}
            className="hour-minute"
            data-down={minute.down || undefined}
            title={text.models.hourMinute(formatWhen(minute.at), minute.calls, minute.failures)}
          >
            <span className="hour-failed" style={{ blockSize: percent(minute.failures) }} />
            <span className="hour-good" style={{ blockSize: percent(minute.calls - minute.failures) }} />
          </span>
        ))}
      </div>
      <p className="field-hint numeric">{text.models.lastHour(calls, failures)}</p>
    </>
  );
}
