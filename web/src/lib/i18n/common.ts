/** Words of the frame: buttons, sidebar, status bar, palette, help. */
import { formatMonth } from "../format";
import { plural } from "./plural";

export const common = {
  name: "Familiar",
  home: "Familiar, to the start",
  skip: "Skip to the content",
  loading: "Loading",
  retry: "Try again",
  reload: "Reload the page",
  cancel: "Cancel",
  close: "Close",
  done: "Done",
  save: "Save",
  edit: "Edit",
  remove: "Remove",
  rename: "Rename",
  newTitle: "Title",
  delete: "Delete",
  undo: "Undo",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "The browser does not allow copying here",
  copyReport: "Copy a report",
  more: "Show more",
  collapse: "Collapse",
  expand: "Expand",
  notifications: "Notifications",
  screenBroke: "This screen could not be shown",
  correlation: (id: string) => `The log knows more under ${id}.`,
  notFound: "Nothing lives at this address",
  jobGone: "This job is not known any more",
  notFoundHint: "It may have been deleted, or the link is incomplete.",
} as const;

export const sidebar = {
  title: "Sidebar",
  open: "Open the sidebar",
  places: "Places",
  conversations: "Conversations",
  newChat: "New conversation",
  search: "Search conversations",
  empty: "What you talk about will be listed here.",
  nothingFound: (query: string) => `No conversation has “${query}” in it.`,
  group: (key: string): string => {
    const names: Record<string, string> = {
      today: "Today",
      yesterday: "Yesterday",
      week: "Previous 7 days",
      month: "Previous 30 days",
    };
    return names[key] ?? formatMonth(key);
  },
  commandsFor: (title: string) => `Commands for “${title}”`,
  renameTitle: "Rename the conversation",
  deleted: (title: string) => `“${title}” was deleted.`,
  writing: "An answer is being written",
} as const;

export const status = {
  title: "Status",
  connection: { connecting: "Connecting", online: "Connected", reconnecting: "Connection lost, reconnecting" },
  jobs: (count: number) => `${plural(count, "job", "jobs")} running`,
  conversation: (cost: string) => `This conversation ${cost}`,
  context: (tokens: string) => `Context ${tokens}`,
  month: (cost: string) => `This month ${cost}`,
} as const;

export const actions = {
  go: "Go to",
  gateway: "Gateway",
  failures: "Exchanges that failed",
  view: "View",
  chat: "This conversation",
  palette: "Command palette",
  placeholder: "What would you like to do?",
  nothing: "No command or conversation has these words.",
  toggleSidebar: "Show or hide the sidebar",
  dark: "Dark theme",
  light: "Light theme",
} as const;

export const help = {
  title: "Help",
  lead: "The handbook of this version. It is in the program itself and needs no network.",
  search: "Search the handbook",
  results: "What was found in the handbook",
  found: (count: number) => `Places found: ${count}`,
  nothing: (query: string) => `The handbook says nothing of “${query}”.`,
  nothingHint: "Fewer or other words may help. All words have to stand in one section.",
  clear: "Clear the search",
  pages: "Pages of the handbook",
  whatsNew: "What's new",
  version: (version: string) => `This is Familiar ${version}.`,
  englishOnly: "The handbook is written in English.",
  unknown: (page: string) => `The handbook has no page “${page}”.`,
  unknownHint: "The list has all pages that there are.",
  asScreen: "Open as a page",
  shortcuts: "Keyboard shortcuts",
  shortcutsHint: "Each can be given other keys, which are kept on this device.",
  pressKeys: "Press the new keys",
  keysTaken: (action: string) => `“${action}” has these keys already`,
  changeKeys: (action: string) => `Other keys for “${action}”`,
  ownKeys: (action: string) => `The usual keys for “${action}”`,
  writing: "While writing",
  newLine: "New line",
  shift: "Shift",
} as const;
