/** The Arabic catalogue; loaded when it is chosen. */
import { advanced } from "./ar/advanced";
import { chat } from "./ar/chat";
import { actions, common, help, sidebar, status } from "./ar/common";
import { context } from "./ar/context";
import { compare } from "./ar/compare";
import { design } from "./ar/design";
import { documents } from "./ar/documents";
import { entries } from "./ar/entries";
import { exchanges } from "./ar/exchanges";
import { experiments } from "./ar/experiments";
import { folders } from "./ar/folders";
import { keys } from "./ar/keys";
import { library } from "./ar/library";
import { memory } from "./ar/memory";
import { models } from "./ar/models";
import { money } from "./ar/money";
import { onboarding } from "./ar/onboarding";
import { checks, feelings, groups } from "./ar/people";
import { parameters } from "./ar/parameters";
import { personas } from "./ar/personas";
import { routes } from "./ar/routes";
import { routing } from "./ar/routing";
import { searches } from "./ar/searches";
import { settings } from "./ar/settings";
import { shares } from "./ar/shares";
import { templates } from "./ar/templates";
import { toolServers } from "./ar/tool-servers";
import { tools } from "./ar/tools";
import { transfer } from "./ar/transfer";
import { watched } from "./ar/watched";
import type { Catalogue } from "./language";

export const ar: Catalogue = {
  actions,
  advanced,
  chat,
  checks,
  common,
  context,
  compare,
  design,
  documents,
  entries,
  exchanges,
  experiments,
  feelings,
  folders,
  groups,
  help,
  keys,
  library,
  memory,
  models,
  money,
  onboarding,
  parameters,
  personas,
  routes,
  routing,
  searches,
  settings,
  shares,
  transfer,
  sidebar,
  status,
  templates,
  toolServers,
  tools,
  watched,
};
