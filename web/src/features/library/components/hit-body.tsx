/** A passage that was found: where it stands, how well it fits, and its words with what was looked for marked. */
import { text } from "@/lib/i18n";
import type { SearchHit } from "@/lib/types";

export function HitBody({ hit, scored }: { hit: SearchHit; scored: boolean }) {
  const place = [
    hit.heading,
    hit.page ? text.library.page(hit.page) : undefined,
    text.library.foundBy(hit),
    scored && hit.score > 0 ? text.library.score(hit.score) : undefined,
  ];
  return (
    <>
      <span className="hit-title as-named" dir="auto">
        {hit.title}
      </span>
      <span className="hit-place">{place.filter(Boolean).join(" · ")}</span>
      <span className="hit-snippet" dir="auto">
        {hit.snippet.map((fragment, index) =>
          fragment.marked ? <mark key={index}>{fragment.text}</mark> : <span key={index}>{fragment.text}</span>,
        )}
      </span>
    </>
  );
}
