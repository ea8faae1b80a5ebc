/** What a persona takes at every turn, and what to look at. */
import { formatCount } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { PersonaPreview } from "@/lib/types";
import { Badge } from "@/ui/feedback";

const TONES = { error: "danger", warning: "warn", hint: "neutral" } as const;

export function Findings({ check }: { check: PersonaPreview | undefined }) {
  if (!check) return undefined;
  const weight = (name: string) => (name === "error" || name === "warning" ? name : "hint");
  return (
    <section className="card persona-check" aria-label={text.personas.findings}>
      <p className="persona-tokens">
        <span className="figure-value numeric" data-tokens={check.permanent_tokens}>
          {formatCount(check.permanent_tokens)}
        </span>{" "}
        <span>{text.personas.tokens}</span>{" "}
        <span className="field-hint">
          {text.personas.tokenParts(formatCount(check.example_tokens), formatCount(check.lore_tokens))}
        </span>
      </p>
      {check.findings.length === 0 ? (
        <p className="field-hint">{text.personas.noFindings}</p>
      ) : (
        <ul className="persona-findings">
          {check.findings.slice(0, 20).map((finding) => (
            <li key={`${finding.field} ${finding.message}`}>
              <Badge tone={TONES[weight(finding.weight)]}>{text.personas.weights[weight(finding.weight)]}</Badge>{" "}
              <code>{finding.field}</code> {finding.message}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
