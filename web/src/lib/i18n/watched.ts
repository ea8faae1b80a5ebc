/** Words of folders that the library is kept in step with. */
import { figure } from "./plural";

const STATES: Record<string, string> = {
  in_step: "In step",
  catching_up: "Catching up",
  unreachable: "Cannot be reached",
  leaving: "Being removed",
};
const PROBLEMS: Record<string, string> = {
  missing: "There is no such folder at the moment.",
  denied: "Familiar may not read the folder.",
  not_a_folder: "There is something else than a folder.",
  another: "There is another folder now, without any of the files: a disk may not be mounted.",
  too_many: "The folder has too many files.",
  failed: "The folder could not be looked at.",
};
const REASONS: Record<string, string> = {
  unsupported: "no format that can be read",
  too_large: "too large",
  empty: "empty",
  link: "links are not followed",
  unfinished: "not whole yet, by its name",
  unreadable: "may not be read",
  name: "its name is not Unicode",
  special: "no file",
};

export const watched = {
  title: "Watched folders",
  lead: "What lies in these folders comes into the library, and what changes in them changes here.",
  path: "Folder",
  pathHint: "The whole path on the machine that Familiar runs on, such as /srv/books.",
  collection: "Collection",
  collectionHint: "Where its documents are put; may stay empty.",
  add: "Watch the folder",
  list: "Folders",
  none: "No folder is watched",
  noneHint: "Name one above, and its documents come in by themselves.",
  ready: "Ready",
  reading: "Being read",
  waiting: "Waiting",
  failed: "Not readable",
  deleted: "Deleted by hand",
  hidden: "Hidden",
  nothingDeleted: "Nothing of it is deleted from the library meanwhile.",
  state: (state: string) => STATES[state] ?? state,
  problem: (code: string) => PROBLEMS[code] ?? code,
  reason: (code: string, message: string) => REASONS[code] ?? message,
  looked: (when: string) => `Last looked at ${when}`,
  inCollection: (name: string) => `Collection ${name}`,
  ask: (path: string) => `What becomes of the documents of ${path}?`,
  stopped: (path: string) => `${path} is watched no more`,
  skipped: (count: number) => `Left out: ${figure(count)}`,
  look: "Look now",
  stop: "Stop watching",
  askHint: "Only those that came by watching can go with it; they can be restored for 30 days.",
  keep: "Keep the documents",
  drop: "Delete the documents",
} as const;
