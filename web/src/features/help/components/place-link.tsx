/** A link to a place of the handbook: followed within the page, or opened in a window of its own as any link. */
import type { KeyboardEvent, ReactNode } from "react";
import { addressOf, type Place } from "../places";

export interface PlaceLinkProps {
  place: Place;
  onGo: (place: Place) => void;
  /** Whether it is the page that is read. */
  current?: boolean;
  onKeyDown?: (event: KeyboardEvent<HTMLAnchorElement>) => void;
  children: ReactNode;
}

export function PlaceLink({ place, onGo, current = false, onKeyDown, children }: PlaceLinkProps) {
  return (
    <a
      className="help-link"
      href={addressOf(place)}
      aria-current={current ? "page" : undefined}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onGo(place);
      }}
    >
      {children}
    </a>
  );
}
