/** The one route table. Each screen is loaded when it is first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { parseCompareSearch, parseComparisonSearch } from "@/features/compare/search";
import { parseExchangeSearch } from "@/features/exchanges/filters";
import { parseExperimentSearch } from "@/features/experiments/search";
import { parseHelpSearch } from "@/features/help/search";
import { type ChoiceSearch, parseChoiceSearch } from "@/features/library/choice";
import { MODES, ORDERS, type Mode, type Order } from "@/features/library/mode";
import { SORTS, type Sort } from "@/features/library/sort";
import { parseMemorySearch } from "@/features/memory/search";
import { parseModelSearch } from "@/features/models/listing";
import { parseMoneySearch } from "@/features/money/search";
import { parsePersonaSearch } from "@/features/personas/search";
import { parseRouteSearch } from "@/features/routes/search";
import { parseTemplateSearch } from "@/features/templates/search";
import { parsePageSearch, type PageSearch } from "@/lib/passage";
import { ErrorScreen } from "./shell/error-screen";
import { NotFoundScreen } from "./shell/not-found-screen";
import { Root } from "./shell/root";

const root = createRootRoute({ component: Root, notFoundComponent: NotFoundScreen, validateSearch: parsePageSearch });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: lazyRouteComponent(() => import("./screens/home"), "Home"),
});

interface ConversationSearch extends PageSearch {
  /** The message to show. */
  message?: string | undefined;
}

const conversation = createRoute({
  getParentRoute: () => root,
  path: "/c/$conversationId",
  validateSearch: (search: Record<string, unknown>): ConversationSearch => ({
    ...parsePageSearch(search),
    message: words(search["message"]),
  }),
  component: lazyRouteComponent(() => import("./screens/conversation"), "Conversation"),
});

const shared = createRoute({
  getParentRoute: () => root,
  path: "/s/$token",
  component: lazyRouteComponent(() => import("./screens/shared"), "Shared"),
});

interface LibrarySearch extends PageSearch, ChoiceSearch {
  /** Whether what documents tell of is shown, also without words to look for. */
  browse?: true | undefined;
  q?: string | undefined;
  filter?: string | undefined;
  status?: string | undefined;
  /** Only documents with this tag; `tag` is the choice among what was found. */
  tagged?: string | undefined;
  sort?: Sort | undefined;
  mode?: Mode | undefined;
  order?: Order | undefined;
}

const compare = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: parseCompareSearch,
  component: lazyRouteComponent(() => import("@/features/compare/components/compare-screen"), "CompareScreen"),
});

const comparison = createRoute({
  getParentRoute: () => root,
  path: "/compare/$comparisonId",
  validateSearch: parseComparisonSearch,
  component: lazyRouteComponent(() => import("@/features/compare/components/comparison-screen"), "ComparisonScreen"),
});

const promptRun = createRoute({
  getParentRoute: () => root,
  path: "/compare/runs/$runId",
  component: lazyRouteComponent(() => import("@/features/compare/components/run-screen"), "RunScreen"),
});

const library = createRoute({
  getParentRoute: () => root,
  path: "/library",
  validateSearch: (search: Record<string, unknown>): LibrarySearch => ({
    ...parsePageSearch(search),
    ...parseChoiceSearch(search),
    browse: search["browse"] === true ? true : undefined,
    q: words(search["q"]),
    filter: words(search["filter"]),
    status: words(search["status"]),
    tagged: words(search["tagged"]),
    sort: SORTS.find((sort) => sort === search["sort"]),
    mode: MODES.find((mode) => mode === search["mode"]),
    order: ORDERS.find((order) => order === search["order"]),
  }),
  component: lazyRouteComponent(() => import("@/features/library/components/library-screen"), "LibraryScreen"),
});

const personas = createRoute({
  getParentRoute: () => root,
  path: "/personas",
  validateSearch: parsePersonaSearch,
  component: lazyRouteComponent(() => import("@/features/personas/components/personas-screen"), "PersonasScreen"),
});

const persona = createRoute({
  getParentRoute: () => root,
  path: "/personas/$personaId",
  component: lazyRouteComponent(() => import("@/features/personas/components/persona-screen"), "PersonaScreen"),
});

const templates = createRoute({
  getParentRoute: () => root,
  path: "/templates",
  validateSearch: parseTemplateSearch,
  component: lazyRouteComponent(() => import("@/features/templates/components/templates-screen"), "TemplatesScreen"),
});

const template = createRoute({
  getParentRoute: () => root,
  path: "/templates/$templateId",
  component: lazyRouteComponent(() => import("@/features/templates/components/template-screen"), "TemplateScreen"),
});

const memory = createRoute({
  getParentRoute: () => root,
  path: "/memory",
  validateSearch: parseMemorySearch,
  component: lazyRouteComponent(() => import("@/features/memory/components/memory-screen"), "MemoryScreen"),
});

const models = createRoute({
  getParentRoute: () => root,
  path: "/models",
  validateSearch: parseModelSearch,
  component: lazyRouteComponent(() => import("@/features/models/components/models-screen"), "ModelsScreen"),
});

const routes = createRoute({
  getParentRoute: () => root,
  path: "/routes",
  validateSearch: parseRouteSearch,
  component: lazyRouteComponent(() => import("@/features/routes/components/routes-screen"), "RoutesScreen"),
});

interface KeysSearch extends PageSearch {
  /** Whether the form of a new key is open. */
  create?: true | undefined;
}

const keys = createRoute({
  getParentRoute: () => root,
  path: "/keys",
  validateSearch: (search: Record<string, unknown>): KeysSearch => ({
    ...parsePageSearch(search),
    create: search["create"] === true || undefined,
  }),
  component: lazyRouteComponent(() => import("@/features/keys/components/keys-screen"), "KeysScreen"),
});

const exchanges = createRoute({
  getParentRoute: () => root,
  path: "/exchanges",
  validateSearch: parseExchangeSearch,
  component: lazyRouteComponent(() => import("@/features/exchanges/components/exchanges-screen"), "ExchangesScreen"),
});

const money = createRoute({
  getParentRoute: () => root,
  path: "/money",
  validateSearch: parseMoneySearch,
  component: lazyRouteComponent(() => import("@/features/money/components/money-screen"), "MoneyScreen"),
});

const experiments = createRoute({
  getParentRoute: () => root,
  path: "/experiments",
  validateSearch: parseExperimentSearch,
  component: lazyRouteComponent(
    () => import("@/features/experiments/components/experiments-screen"),
    "ExperimentsScreen",
  ),
});

const design = createRoute({
  getParentRoute: () => root,
  path: "/design",
  component: lazyRouteComponent(() => import("@/features/design/components/design-screen"), "DesignScreen"),
});

const help = createRoute({
  getParentRoute: () => root,
  path: "/help",
  validateSearch: parseHelpSearch,
  component: lazyRouteComponent(() => import("@/features/help/components/help-screen"), "HelpScreen"),
});

/** Where money was when it was only use. */
const oldUsage = createRoute({
  getParentRoute: () => root,
  path: "/usage",
  validateSearch: parseMoneySearch,
  beforeLoad: ({ search }) => {
    throw redirect({ to: "/money", search, replace: true });
  },
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  beforeLoad: () => {
    throw redirect({ to: "/settings/$section", params: { section: "general" }, replace: true });
  },
});

/** Where the keys were before they had a page of their own. */
const oldKeys = createRoute({
  getParentRoute: () => root,
  path: "/settings/keys",
  beforeLoad: () => {
    throw redirect({ to: "/keys", replace: true });
  },
});

interface SettingsSearch extends PageSearch {
  /** What to look for in the log, under Advanced. */
  log?: string | undefined;
}

const settingsSection = createRoute({
  getParentRoute: () => root,
  path: "/settings/$section",
  validateSearch: (search: Record<string, unknown>): SettingsSearch => ({
    ...parsePageSearch(search),
    log: words(search["log"]),
  }),
  component: lazyRouteComponent(() => import("./screens/settings"), "SettingsPage"),
});

function words(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    conversation,
    shared,
    compare,
    comparison,
    promptRun,
    library,
    personas,
    persona,
    templates,
    template,
    memory,
    models,
    routes,
    keys,
    exchanges,
    experiments,
    money,
    design,
    help,
    oldUsage,
    settings,
    oldKeys,
    settingsSection,
  ]),
  defaultPreload: "intent",
  defaultPreloadDelay: 80,
  defaultErrorComponent: ErrorScreen,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
