/** The Simplified Chinese catalogue; loaded when it is chosen. */
import { advanced } from "./zh/advanced";
import { chat } from "./zh/chat";
import { actions, common, help, sidebar, status } from "./zh/common";
import { context } from "./zh/context";
import { compare } from "./zh/compare";
import { design } from "./zh/design";
import { documents } from "./zh/documents";
import { entries } from "./zh/entries";
import { exchanges } from "./zh/exchanges";
import { experiments } from "./zh/experiments";
import { folders } from "./zh/folders";
import { keys } from "./zh/keys";
import { library } from "./zh/library";
import { memory } from "./zh/memory";
import { models } from "./zh/models";
import { money } from "./zh/money";
import { onboarding } from "./zh/onboarding";
import { checks, feelings, groups } from "./zh/people";
import { parameters } from "./zh/parameters";
import { personas } from "./zh/personas";
import { routes } from "./zh/routes";
import { routing } from "./zh/routing";
import { searches } from "./zh/searches";
import { settings } from "./zh/settings";
import { shares } from "./zh/shares";
import { templates } from "./zh/templates";
import { toolServers } from "./zh/tool-servers";
import { tools } from "./zh/tools";
import { transfer } from "./zh/transfer";
import { watched } from "./zh/watched";
import type { Catalogue } from "./language";

export const zh: Catalogue = {
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
