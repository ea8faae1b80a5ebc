/** The Spanish catalogue; loaded when it is chosen. */
import { advanced } from "./es/advanced";
import { chat } from "./es/chat";
import { actions, common, help, sidebar, status } from "./es/common";
import { context } from "./es/context";
import { compare } from "./es/compare";
import { design } from "./es/design";
import { documents } from "./es/documents";
import { entries } from "./es/entries";
import { exchanges } from "./es/exchanges";
import { experiments } from "./es/experiments";
import { folders } from "./es/folders";
import { keys } from "./es/keys";
import { library } from "./es/library";
import { memory } from "./es/memory";
import { models } from "./es/models";
import { money } from "./es/money";
import { onboarding } from "./es/onboarding";
import { checks, feelings, groups } from "./es/people";
import { parameters } from "./es/parameters";
import { personas } from "./es/personas";
import { routes } from "./es/routes";
import { routing } from "./es/routing";
import { searches } from "./es/searches";
import { settings } from "./es/settings";
import { shares } from "./es/shares";
import { templates } from "./es/templates";
import { toolServers } from "./es/tool-servers";
import { tools } from "./es/tools";
import { transfer } from "./es/transfer";
import { watched } from "./es/watched";
import type { Catalogue } from "./language";

export const es: Catalogue = {
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
