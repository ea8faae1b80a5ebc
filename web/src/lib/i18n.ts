/**
 * Every word of the page. One catalogue a part of the page; other languages are catalogues of the same shape (`i18n/de`, `es`,
 * `zh`, `ar`), written over this one before anything is shown. What a catalogue lacks stays English; a test says what that is.
 */
import { advanced } from "./i18n/advanced";
import { chat } from "./i18n/chat";
import { actions, common, help, sidebar, status } from "./i18n/common";
import { context } from "./i18n/context";
import { compare } from "./i18n/compare";
import { design } from "./i18n/design";
import { documents } from "./i18n/documents";
import { entries } from "./i18n/entries";
import { exchanges } from "./i18n/exchanges";
import { experiments } from "./i18n/experiments";
import { folders } from "./i18n/folders";
import { keys } from "./i18n/keys";
import { library } from "./i18n/library";
import { memory } from "./i18n/memory";
import { models } from "./i18n/models";
import { money } from "./i18n/money";
import { onboarding } from "./i18n/onboarding";
import { checks, feelings, groups } from "./i18n/people";
import { parameters } from "./i18n/parameters";
import { personas } from "./i18n/personas";
import { routes } from "./i18n/routes";
import { routing } from "./i18n/routing";
import { searches } from "./i18n/searches";
import { settings } from "./i18n/settings";
import { shares } from "./i18n/shares";
import { templates } from "./i18n/templates";
import { toolServers } from "./i18n/tool-servers";
import { tools } from "./i18n/tools";
import { transfer } from "./i18n/transfer";
import { watched } from "./i18n/watched";

export const text = {
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
} as const;
