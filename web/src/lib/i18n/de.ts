/** The German catalogue; loaded when it is chosen. */
import { advanced } from "./de/advanced";
import { chat } from "./de/chat";
import { actions, common, help, sidebar, status } from "./de/common";
import { context } from "./de/context";
import { compare } from "./de/compare";
import { design } from "./de/design";
import { documents } from "./de/documents";
import { entries } from "./de/entries";
import { exchanges } from "./de/exchanges";
import { experiments } from "./de/experiments";
import { folders } from "./de/folders";
import { keys } from "./de/keys";
import { library } from "./de/library";
import { memory } from "./de/memory";
import { models } from "./de/models";
import { money } from "./de/money";
import { onboarding } from "./de/onboarding";
import { checks, feelings, groups } from "./de/people";
import { parameters } from "./de/parameters";
import { personas } from "./de/personas";
import { routes } from "./de/routes";
import { routing } from "./de/routing";
import { searches } from "./de/searches";
import { settings } from "./de/settings";
import { shares } from "./de/shares";
import { templates } from "./de/templates";
import { toolServers } from "./de/tool-servers";
import { tools } from "./de/tools";
import { transfer } from "./de/transfer";
import { watched } from "./de/watched";
import type { Catalogue } from "./language";

export const de: Catalogue = {
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
