/** Where menus and other small overlays are put: inside the landmark or dialog they belong to, so that nobody who reads the page by its parts misses them. */
import { createContext, useContext } from "react";

const OverlayPlace = createContext<HTMLElement | null>(null);

export const OverlayPlaceProvider = OverlayPlace.Provider;

/**
 * Where tooltips are put, also those of a dialog: outside of it. One that goes away inside would look to the dialog as
 * if what has the focus was gone, and the focus would be taken back in the middle of Tab.
 */
const TooltipPlace = createContext<HTMLElement | null>(null);

export const TooltipPlaceProvider = TooltipPlace.Provider;

/** As the portals of Radix take it; without a place they use the end of the page. */
export function useOverlayPlace(): { container?: HTMLElement } {
  return asContainer(useContext(OverlayPlace));
}

export function useTooltipPlace(): { container?: HTMLElement } {
  return asContainer(useContext(TooltipPlace));
}

function asContainer(place: HTMLElement | null): { container?: HTMLElement } {
  return place ? { container: place } : {};
}
