/** Where menus and other small overlays are put: inside the landmark or dialog they belong to, so that nobody who reads the page by its parts misses them. */
import { createContext, useContext } from "react";

const OverlayPlace = createContext<HTMLElement | null>(null);

export const OverlayPlaceProvider = OverlayPlace.Provider;

/** As the portals of Radix take it; without a place they use the end of the page. */
export function useOverlayPlace(): { container?: HTMLElement } {
  const place = useContext(OverlayPlace);
  return place ? { container: place } : {};
}
