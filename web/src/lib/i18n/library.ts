/** Words of the library. */
import { figure, plural } from "./plural";

const STAGES: Record<string, string> = {
  extract: "Reading",
  chunk: "Cutting into passages",
  index: "Indexing",
  embed: "Learning what it means",
};
const FACTS: Record<string, string> = {
  author: "Author",
  publisher: "Publisher",
  published: "Published",
  made: "Made",
  language: "Language",
  file: "File",
  added: "Added",
};

export const library = {
  title: "Library",
  lead: "Documents that answers can rest on, kept on this machine. Drop files or folders anywhere on the page.",
  addFiles: "Add files",
  addFolder: "Add a folder",
  search: "Search in all documents",
  filter: "Filter by name",
  statusFilter: "State",
  sort: "Order",
  sortName: (name: string) =>
    ({
      added: "Latest first",
      title: "By title",
      size: "Largest first",
      pages: "Most pages first",
      status: "Unfinished first",
    })[name] ?? name,
  statusName: (name: string) =>
    ({ "": "All states", queued: "Waiting", processing: "Being read", ready: "Ready", failed: "Not readable" })[name] ??
    name,
  columns: {
    title: "Document",
    status: "State",
    format: "Format",
    pages: "Pages",
    passages: "Passages",
    size: "Size",
    added: "Added",
    commands: "Commands",
  },
  handbook: "Familiar’s handbook",
  shown: (shown: number, total: number) =>
    shown === total ? plural(total, "document", "documents") : `${shown} of ${plural(total, "document", "documents")}`,
  emptyTitle: "The library is empty",
  emptyHint:
    "Add PDF, EPUB, MOBI, Word, PowerPoint, Excel, OpenDocument, e-mail, HTML, Markdown, text or CSV files. Each is cut into passages that answers can cite.",
  noneFound: "No document matches",
  noneFoundHint: "Change the name or the state above.",
  noHits: (query: string) => `Nothing found for “${query}”`,
  noHitsHint: "Try fewer words, or the beginning of a word with a star: librar*.",
  hits: (total: number, took: string) => `${plural(total, "passage", "passages")} in ${took}.`,
  fuzzy: "No exact match; similar words are shown.",
  chips: "What was made of your words",
  chip: (kind: string, typed: string, meant: string) => {
    if (kind === "correction") return `“${typed}” taken for ${meant}`;
    if (kind === "vocabulary") return `“${typed}”, in your documents also ${meant}`;
    if (kind === "related") return `with “${typed}” also: ${meant}`;
    return `“${typed}”, also as ${meant}`;
  },
  chipOff: "Switch this off",
  chipOn: "Switch this on again",
  chipAdd: "Look for this as well",
  synonyms: "Synonyms",
  synonymsOwn: "Words that mean the same",
  synonymsHint:
    "One group a line, its words parted by commas, such as: hp, hit points. They hold beside the shipped ones.",
  synonymsShipped: "Shipped with Familiar",
  synonymsSaved: "Synonyms were saved.",
  mode: "How to search",
  modeName: (mode: string) =>
    ({ hybrid: "By words and meaning", keyword: "By words only", semantic: "By meaning only" })[mode] ?? mode,
  embedded: (embedded: number, documents: number) =>
    `${embedded} of ${plural(documents, "document", "documents")} can be found by meaning so far.`,
  wordsOnly: (code: string, message: string) =>
    ({
      no_embedder: "Searched by words only: no model makes vectors here.",
      no_vectors: "Searched by words only: no passage can be found by meaning yet.",
      engine_failed: "Searched by words only: the engine that finds by meaning is away or being filled.",
    })[code] ?? message,
  foundBy: (hit: { by_words: boolean; likeness?: number | null }) => {
    if (!hit.by_words) return "by meaning";
    return hit.likeness === undefined || hit.likeness === null ? undefined : "by words and meaning";
  },
  score: (score: number) => `score ${figure(Math.round(score * 100) / 100)}`,
  order: "Order of hits",
  orderName: (order: "best" | "place") =>
    ({ best: "The best first", place: "By document and place (the 200 best)" })[order],
  bookmark: "Bookmark",
  bookmarks: "Bookmarks",
  bookmarkRemove: "Remove the bookmark",
  bookmarkRemoved: "The bookmark was removed.",
  bookmarksNone: "No bookmarks yet",
  bookmarksNoneHint: "“Bookmark” below a passage that was found, or beside one that you read, keeps it here.",
  bookmarkGone: "the document was read again and says something else there",
  similar: "More like this",
  similarNone: "Nothing else is like this passage",
  page: (page: number) => `page ${page}`,
  passage: "Passage",
  passageIn: (title: string) => `Passage in ${title}`,
  previousPassage: "Previous",
  nextPassage: "Next",
  openOriginal: "Open the original",
  details: "Details",
  factName: (name: string) => FACTS[name] ?? name,
  reprocess: "Read it again",
  cancel: "Stop reading",
  commandsFor: (title: string) => `Commands for ${title}`,
  deleted: (title: string) => `“${title}” was deleted.`,
  queued: "Waiting",
  processing: (stage: string | undefined, progress: number | undefined) =>
    `${STAGES[stage ?? ""] ?? stage ?? "Being read"}${progress === undefined ? "" : ` · ${Math.round(progress * 100)} %`}`,
  ready: (pages: number | undefined, chunks: number) =>
    `Ready${pages ? ` · ${plural(pages, "page", "pages")}` : ""} · ${plural(chunks, "passage", "passages")}`,
  failed: "cannot be read",
  duplicate: "Already in the library",
  uploads: "Added files",
  uploading: (count: number) => `Sending ${plural(count, "file", "files")}`,
  uploaded: (count: number) => plural(count, "file added", "files added"),
  uploadState: (state: string) =>
    ({
      waiting: "Waiting",
      sending: "Sending",
      sent: "Sent",
      duplicate: "Already in the library",
      failed: "Refused",
      cancelled: "Cancelled",
    })[state] ?? state,
  clearUploads: "Close this list",
  cancelUpload: (name: string) => `Cancel ${name}`,
  retryUpload: (name: string) => `Send ${name} again`,
  sendingProgress: (name: string) => `Sending ${name}`,
  readingProgress: (name: string) => `Reading ${name}`,
  dropTitle: "Drop to add to the library",
  dropHint: "Files and whole folders",
} as const;
