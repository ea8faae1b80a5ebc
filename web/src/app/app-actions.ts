/** What a person can do anywhere. */
import {
  ArrowLeftRight,
  BarChart3,
  Boxes,
  CircleQuestionMark,
  Columns3,
  FileText,
  Command,
  FlaskConical,
  Keyboard,
  KeyRound,
  LibraryBig,
  Moon,
  Palette,
  PanelLeft,
  Search,
  Settings,
  SquarePen,
  Sun,
  TriangleAlert,
  VenetianMask,
  Waypoints,
} from "lucide-react";
import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { SECTION_ICONS, SECTIONS } from "@/features/settings/sections";
import { useActions, type Action } from "@/lib/actions";
import { useChangeSettings } from "@/lib/api/settings";
import { text } from "@/lib/i18n";

export interface ShellCommands {
  openPalette: () => void;
  openShortcuts: () => void;
  openHelp: () => void;
  searchConversations: () => void;
  toggleSidebar: () => void;
}

export function useAppActions(commands: ShellCommands): void {
  const { openHelp, openPalette, openShortcuts, searchConversations, toggleSidebar } = commands;
  const navigate = useNavigate();
  const { mutate: change } = useChangeSettings();
  const actions = useMemo<readonly Action[]>(() => {
    const { gateway, go, view } = text.actions;
    return [
      {
        id: "chat.new",
        label: text.sidebar.newChat,
        group: go,
        icon: SquarePen,
        shortcut: "N",
        run: () => void navigate({ to: "/" }),
      },
      {
        id: "go.compare",
        label: text.compare.title,
        group: go,
        icon: Columns3,
        shortcut: "M",
        run: () => void navigate({ to: "/compare" }),
      },
      {
        id: "go.library",
        label: text.library.title,
        group: go,
        icon: LibraryBig,
        shortcut: "L",
        run: () => void navigate({ to: "/library" }),
      },
      {
        id: "go.personas",
        label: text.personas.title,
        group: go,
        icon: VenetianMask,
        run: () => void navigate({ to: "/personas" }),
      },
      {
        id: "go.templates",
        label: text.templates.title,
        group: go,
        icon: FileText,
        run: () => void navigate({ to: "/templates" }),
      },
      {
        id: "go.models",
        label: text.models.title,
        group: go,
        icon: Boxes,
        run: () => void navigate({ to: "/models" }),
      },
      {
        id: "go.routes",
        label: text.routes.title,
        group: go,
        icon: Waypoints,
        run: () => void navigate({ to: "/routes" }),
      },
      {
        id: "go.keys",
        label: text.keys.title,
        group: go,
        icon: KeyRound,
        run: () => void navigate({ to: "/keys" }),
      },
      {
        id: "go.exchanges",
        label: text.exchanges.title,
        group: go,
        icon: ArrowLeftRight,
        run: () => void navigate({ to: "/exchanges" }),
      },
      {
        id: "gateway.failures",
        label: text.actions.failures,
        group: gateway,
        icon: TriangleAlert,
        run: () => void navigate({ to: "/exchanges", search: { outcome: "failed" } }),
      },
      {
        id: "gateway.route",
        label: text.routes.create,
        group: gateway,
        icon: Waypoints,
        run: () => void navigate({ to: "/routes", search: { create: true } }),
      },
      {
        id: "gateway.try",
        label: text.routes.tryTitle,
        group: gateway,
        icon: FlaskConical,
        keywords: text.routes.tryIt,
        run: () => void navigate({ to: "/routes" }),
      },
      {
        id: "gateway.key",
        label: text.keys.create,
        group: gateway,
        icon: KeyRound,
        run: () => void navigate({ to: "/keys", search: { create: true } }),
      },
      {
        id: "go.experiments",
        label: text.experiments.title,
        group: go,
        icon: FlaskConical,
        run: () => void navigate({ to: "/experiments" }),
      },
      {
        id: "go.money",
        label: text.money.title,
        group: go,
        icon: BarChart3,
        run: () => void navigate({ to: "/money" }),
      },
      {
        id: "go.settings",
        label: text.settings.title,
        group: go,
        icon: Settings,
        shortcut: ",",
        run: () => void navigate({ to: "/settings/$section", params: { section: "general" } }),
      },
      {
        id: "go.design",
        label: text.design.title,
        group: go,
        icon: Palette,
        run: () => void navigate({ to: "/design" }),
      },
      ...SECTIONS.slice(1).map((section) => ({
        id: `go.settings.${section}`,
        label: `${text.settings.title}: ${text.settings.sections[section]}`,
        group: go,
        icon: SECTION_ICONS[section],
        run: () => void navigate({ to: "/settings/$section", params: { section } }),
      })),
      {
        id: "view.search",
        label: text.sidebar.search,
        group: view,
        icon: Search,
        shortcut: "/",
        run: searchConversations,
      },
      {
        id: "view.palette",
        label: text.actions.palette,
        group: view,
        icon: Command,
        shortcut: "Mod+K",
        whileTyping: true,
        run: openPalette,
      },
      {
        id: "view.sidebar",
        label: text.actions.toggleSidebar,
        group: view,
        icon: PanelLeft,
        shortcut: "Mod+B",
        whileTyping: true,
        run: toggleSidebar,
      },
      {
        id: "view.help",
        label: text.help.title,
        group: view,
        icon: CircleQuestionMark,
        shortcut: "F1",
        whileTyping: true,
        // As a command of the composer it is `/help` in every language.
        keywords: `help ${text.help.whatsNew}`,
        run: openHelp,
      },
      {
        id: "view.shortcuts",
        label: text.help.shortcuts,
        group: view,
        icon: Keyboard,
        shortcut: "?",
        run: openShortcuts,
      },
      {
        id: "view.dark",
        label: text.actions.dark,
        group: view,
        icon: Moon,
        keywords: text.settings.theme,
        run: () => change({ theme: "dark" }),
      },
      {
        id: "view.light",
        label: text.actions.light,
        group: view,
        icon: Sun,
        keywords: text.settings.theme,
        run: () => change({ theme: "light" }),
      },
    ];
  }, [change, navigate, openHelp, openPalette, openShortcuts, searchConversations, toggleSidebar]);
  useActions(actions);
}
