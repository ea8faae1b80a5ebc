/** Every word of the page. One catalogue a part of the page; other languages will be other catalogues of the same shape. */
import { chat } from "./i18n/chat";
import { actions, common, help, sidebar, status } from "./i18n/common";
import { library } from "./i18n/library";
import { models } from "./i18n/models";
import { onboarding } from "./i18n/onboarding";
import { settings } from "./i18n/settings";
import { usage } from "./i18n/usage";

export const text = {
  actions,
  chat,
  common,
  help,
  library,
  models,
  onboarding,
  settings,
  sidebar,
  status,
  usage,
} as const;
