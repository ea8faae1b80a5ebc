/** What every address stands in: the workbench, but for a conversation that somebody shared, which stands by itself. */
import { Outlet, useLocation } from "@tanstack/react-router";
import { useEffect } from "react";
import { markHome } from "@/lib/home";
import { Shell } from "./shell";

export function Root() {
  const shared = useLocation({ select: ({ pathname }) => pathname.startsWith("/s/") });
  useEffect(() => {
    if (!shared) markHome();
  }, [shared]);
  return shared ? <Outlet /> : <Shell />;
}
