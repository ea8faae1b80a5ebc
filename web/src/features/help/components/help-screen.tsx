/** The handbook as a screen, with an address for every page and heading. */
import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";
import { allActions } from "@/lib/actions";
import { text } from "@/lib/i18n";
import { PHONE, useMediaQuery } from "@/lib/media";
import { PageFrame } from "@/ui/page-frame";
import { ORDER, type Place } from "../places";
import { Reader } from "./reader";

const route = getRouteApi("/help");

export function HelpScreen() {
  const { page = ORDER[0] ?? "", section } = route.useSearch();
  const navigate = route.useNavigate();
  const phone = useMediaQuery(PHONE);
  const go = useCallback(
    (place: Place) =>
      void navigate({
        search: (before) => ({ ...before, page: place.page, section: place.section }),
        resetScroll: false,
      }),
    [navigate],
  );
  return (
    <PageFrame title={text.help.title} lead={text.help.lead} actions={undefined}>
      <Reader place={{ page, section }} layout={phone ? "narrow" : "wide"} onGo={go} onShortcuts={openShortcuts} />
    </PageFrame>
  );
}

function openShortcuts(): void {
  allActions()
    .find(({ id }) => id === "view.shortcuts")
    ?.run();
}
