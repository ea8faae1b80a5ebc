/** The sources of an answer, each a button that opens its passage. */
import { text } from "@/lib/i18n";
import type { Citation } from "@/lib/types";

export function MessageSources({
  citations,
  onOpen,
}: {
  citations: readonly Citation[];
  onOpen: (citation: Citation) => void;
}) {
  return (
    <details className="sources">
      <summary>{text.chat.sources(citations.length)}</summary>
      <ol className="source-list">
        {citations.map((citation) => (
          <li key={`${citation.index} ${citation.quote}`}>
            <button type="button" className="source" onClick={() => onOpen(citation)}>
              <span className="source-number">{citation.index}</span>
              <span className="source-text">
                <span className="source-title">
                  {citation.title}
                  {citation.page ? `, ${text.library.page(citation.page)}` : ""}
                </span>
                <span className="source-quote">{citation.quote}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </details>
  );
}
