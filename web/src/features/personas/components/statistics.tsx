/** What there is to tell of a persona's work. */
import { useQuery } from "@tanstack/react-query";
import { formatCount, formatDuration } from "@/lib/format";
import { text } from "@/lib/i18n";
import { statisticsQuery } from "../api";

export function Statistics({ id }: { id: string }) {
  const { data } = useQuery(statisticsQuery(id));
  if (!data) return undefined;
  const { figures } = text.personas;
  const rows = [
    [figures.conversations, formatCount(data.conversations)],
    [figures.messages, formatCount(data.messages)],
    [figures.tokens, formatCount(data.tokens)],
    [figures.time, formatDuration(data.took_ms)],
    [figures.liked, formatCount(data.thumbs_up)],
    [figures.disliked, formatCount(data.thumbs_down)],
  ] as const;
  return (
    <section className="card" aria-labelledby="persona-use">
      <h2 id="persona-use" className="persona-section">
        {text.personas.use}
      </h2>
      <dl className="persona-figures">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="numeric">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
