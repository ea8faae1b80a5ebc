/** Charts that are wider than a phone begin where now is. */
export function toTheEnd(place: HTMLElement | null): void {
  if (place) place.scrollLeft = place.scrollWidth;
}
