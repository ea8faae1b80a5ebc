/** The frame of every screen: sidebar, screen, the passage beside it, and the status bar. */
import { useQuery } from "@tanstack/react-query";
import { Outlet, useLocation, useMatches, useNavigate, useParams } from "@tanstack/react-router";
import { Command, Menu as MenuIcon } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { conversationQuery } from "@/features/chat/api";
import { SEARCH_FIELD_ID } from "@/features/chat/components/conversation-list";
import { HELP_SEARCH_ID } from "@/features/help/places";
import { DropZone } from "@/features/library/components/drop-zone";
import { UploadTray } from "@/features/library/components/upload-tray";
import { text } from "@/lib/i18n";
import { PHONE, useMediaQuery } from "@/lib/media";
import { IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Eye } from "@/ui/eye";
import { OverlayPlaceProvider, TooltipPlaceProvider } from "@/ui/overlay-place";
import { useAppActions } from "../app-actions";
import { useAppearance } from "../appearance";
import { useLiveEvents } from "../live";
import { useShortcuts } from "../shortcuts";
import { PassageAside } from "./passage-aside";
import { Sidebar } from "./sidebar";
import { StatusBar } from "./status-bar";
import "../../features/library/tray.css";

const Palette = lazy(() => import("./palette").then((module) => ({ default: module.Palette })));
const ShortcutSheet = lazy(() =>
  import("@/features/help/components/shortcut-sheet").then((module) => ({ default: module.ShortcutSheet })),
);
const HelpDialog = lazy(() =>
  import("@/features/help/components/help-dialog").then((module) => ({ default: module.HelpDialog })),
);

type Overlay = "palette" | "shortcuts" | "help" | "drawer" | undefined;

export function Shell() {
  const phone = useMediaQuery(PHONE);
  const [overlay, setOverlay] = useState<Overlay>();
  const [sidebar, setSidebar] = useState(true);
  const [main, setMain] = useState<HTMLElement | null>(null);
  const close = useCallback(() => setOverlay(undefined), []);
  useAppearance();
  useLiveEvents();
  useShortcuts();
  useTitle();
  useAppActions({
    openPalette: useCallback(() => setOverlay("palette"), []),
    openShortcuts: useCallback(() => setOverlay("shortcuts"), []),
    openHelp: useCallback(() => {
      // Where all of it is open already, it is searched.
      const field = document.getElementById(HELP_SEARCH_ID);
      if (field) field.focus();
      else setOverlay("help");
    }, []),
    toggleSidebar: useCallback(
      () => (phone ? setOverlay((open) => (open === "drawer" ? undefined : "drawer")) : setSidebar((shown) => !shown)),
      [phone],
    ),
    searchConversations: useCallback(() => {
      if (phone) setOverlay("drawer");
      else setSidebar(true);
      // The field may only now come to be.
      setTimeout(() => document.getElementById(SEARCH_FIELD_ID)?.focus(), 60);
    }, [phone]),
  });

  return (
    <OverlayPlaceProvider value={main}>
      <TooltipPlaceProvider value={main}>
        <div className="shell" data-sidebar={sidebar && !phone ? "open" : "closed"}>
          <a className="skip-link" href="#main">
            {text.common.skip}
          </a>
          {phone ? <TopBar onMenu={() => setOverlay("drawer")} onPalette={() => setOverlay("palette")} /> : undefined}
          {sidebar && !phone ? (
            <aside className="sidebar" aria-label={text.sidebar.title}>
              <Sidebar onOpen={close} />
            </aside>
          ) : undefined}
          <main ref={setMain} id="main" className="main" tabIndex={-1}>
            <Outlet />
          </main>
          <PassageAside phone={phone} />
          <StatusBar sidebarShown={sidebar || phone} onShowSidebar={() => setSidebar(true)} />
          <UploadTray />
          <DropZone />
          {phone ? (
            <Dialog
              open={overlay === "drawer"}
              onClose={close}
              title={text.sidebar.title}
              closeLabel={text.common.close}
              side="start"
              titleHidden
              className="drawer"
            >
              <Sidebar onOpen={close} />
            </Dialog>
          ) : undefined}
          <Suspense>
            {overlay === "palette" ? <Palette onClose={close} /> : undefined}
            {overlay === "help" ? <Help onClose={close} onShortcuts={() => setOverlay("shortcuts")} /> : undefined}
            {overlay === "shortcuts" ? <ShortcutSheet open onClose={close} /> : undefined}
          </Suspense>
        </div>
      </TooltipPlaceProvider>
    </OverlayPlaceProvider>
  );
}

function Help({ onClose, onShortcuts }: { onClose: () => void; onShortcuts: () => void }) {
  const navigate = useNavigate();
  const pathname = useLocation({ select: (location) => location.pathname });
  return (
    <HelpDialog
      pathname={pathname}
      onClose={onClose}
      onShortcuts={() => {
        onClose();
        // Who asked for help has the focus again by then, and gets it back from the list as well.
        setTimeout(onShortcuts, 60);
      }}
      onScreen={(place) => {
        onClose();
        void navigate({ to: "/help", search: place });
      }}
    />
  );
}

function TopBar({ onMenu, onPalette }: { onMenu: () => void; onPalette: () => void }) {
  return (
    <header className="top-bar">
      <IconButton icon={MenuIcon} label={text.sidebar.open} onClick={onMenu} />
      <span className="wordmark">
        <Eye size={20} />
        {text.common.name}
      </span>
      <IconButton icon={Command} label={text.actions.palette} onClick={onPalette} />
    </header>
  );
}

/** The window is named after the screen. */
function useTitle(): void {
  const matches = useMatches();
  const routeId = matches.at(-1)?.routeId;
  const { conversationId } = useParams({ strict: false });
  // Fetched by the screen; here it is only read.
  const { data: conversation } = useQuery({
    ...conversationQuery(conversationId ?? ""),
    enabled: false,
    select: ({ title }) => title || text.chat.untitled,
  });
  useEffect(() => {
    const names: Partial<Record<string, string>> = {
      "/c/$conversationId": conversation ?? text.chat.conversation,
      "/compare": text.compare.title,
      "/compare/$comparisonId": text.compare.title,
      "/compare/runs/$runId": text.compare.runs,
      "/library": text.library.title,
      "/memory": text.memory.title,
      "/personas": text.personas.title,
      "/personas/$personaId": text.personas.title,
      "/templates": text.templates.title,
      "/templates/$templateId": text.templates.title,
      "/models": text.models.title,
      "/routes": text.routes.title,
      "/keys": text.keys.title,
      "/exchanges": text.exchanges.title,
      "/experiments": text.experiments.title,
      "/money": text.money.title,
      "/design": text.design.title,
      "/help": text.help.title,
      "/settings/$section": text.settings.title,
      "/": text.sidebar.newChat,
    };
    const name = names[routeId ?? ""];
    document.title = name ? `${name} · ${text.common.name}` : text.common.name;
  }, [conversation, routeId]);
}
