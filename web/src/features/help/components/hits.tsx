/** What a search of the handbook found; arrows go from one to the next, Escape back to the field. */
import type { KeyboardEvent } from "react";
import { text } from "@/lib/i18n";
import { marked, type Hit, type Piece } from "../find";
import { CHANGES, type Place } from "../places";
import { PlaceLink } from "./place-link";

export interface HitsProps {
  hits: readonly Hit[];
  words: readonly string[];
  onGo: (place: Place) => void;
  /** The focus goes back to where the words are typed. */
  onLeave: () => void;
}

export function Hits({ hits, words, onGo, onLeave }: HitsProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLAnchorElement>) => {
    const all = [...(event.currentTarget.closest(".help-hits")?.querySelectorAll<HTMLElement>("a") ?? [])];
    const index = all.indexOf(event.currentTarget);
    if (event.key === "Escape" || (event.key === "ArrowUp" && index === 0)) onLeave();
    else if (event.key === "ArrowUp") all[index - 1]?.focus();
    else if (event.key === "ArrowDown") all[index + 1]?.focus();
    else if (event.key === "Home") all[0]?.focus();
    else if (event.key === "End") all.at(-1)?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <section aria-label={text.help.results}>
      <p className="help-note" aria-hidden>
        {text.help.found(hits.length)}
      </p>
      <ol className="help-hits">
        {hits.map((hit) => (
          <li key={`${hit.place.page}#${hit.place.section ?? ""}`}>
            <PlaceLink place={hit.place} onGo={onGo} onKeyDown={onKeyDown}>
              <span className="help-hit-name" lang="en" dir="ltr">
                <Pieces pieces={marked(hit.heading, words)} />
              </span>
              {hit.heading === hit.page ? undefined : (
                <span className="help-note" {...(hit.place.page === CHANGES ? {} : { lang: "en", dir: "ltr" })}>
                  {hit.page}
                </span>
              )}
              <span className="help-around" lang="en" dir="ltr">
                <Pieces pieces={hit.around} />
              </span>
            </PlaceLink>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Pieces({ pieces }: { pieces: readonly Piece[] }) {
  return pieces.map(({ text: words, found }, index) =>
    // Pieces never change their places.
    found ? <mark key={index}>{words}</mark> : <span key={index}>{words}</span>,
  );
}
