/** Words of conversations from and to files. */
import { figure, plural } from "./plural";

/** Counts of what of a file is new, was here and grew, is here whole, or had been deleted. */
interface States {
  fresh: number;
  grown: number;
  here: number;
  restored: number;
}

/** Counts of what is left out. */
interface LeftOut {
  deleted: number;
  media: number;
  files: number;
  tools: number;
  instructions: number;
}

/** Counts of folders and tags that are made. */
interface Shelves {
  folders: number;
  tags: number;
}

export const transfer = {
  importTitle: "Take conversations over",
  importHint:
    "Exports of ChatGPT, Claude, Open WebUI, LibreChat, SillyTavern, ShareGPT or Familiar, as they came: the archive, or the JSON in it. All branches are kept; the same file twice adds nothing.",
  chooseFiles: "Files",
  looking: "Looking at the files …",
  taking: "Taking over …",
  going: (label: string, file: string, done: number, of: number) =>
    `${label} ${figure(done)} of ${figure(of)} in ${file}`,
  stopped: "Ended",
  stoppedHint: "What had been taken over stays. The same files once more take the rest.",
  takeOver: (count: number) => `Take ${plural(count, "conversation", "conversations")} over`,
  took: (count: number) => `${plural(count, "conversation", "conversations")} taken over.`,
  found: (file: string, source: string, count: number) =>
    `${source}: ${plural(count, "conversation", "conversations")} in ${file}`,
  states: ({ fresh, grown, here, restored }: States) =>
    [
      fresh > 0 ? `${fresh} new` : "",
      grown > 0 ? `${grown} with more` : "",
      restored > 0 ? `${restored} deleted before` : "",
      here > 0 ? `${here} here already` : "",
    ]
      .filter(Boolean)
      .join(", "),
  messages: (count: number) => plural(count, "new message", "new messages"),
  shelves: ({ folders, tags }: Shelves) =>
    [
      folders > 0 ? plural(folders, "new folder", "new folders") : "",
      tags > 0 ? plural(tags, "new tag", "new tags") : "",
    ]
      .filter(Boolean)
      .join(", "),
  leftOut: ({ deleted, media, files, tools, instructions }: LeftOut) => {
    const parts = [
      deleted > 0 ? plural(deleted, "message deleted here", "messages deleted here") : "",
      media > 0 ? plural(media, "picture or recording", "pictures or recordings") : "",
      files > 0 ? plural(files, "file", "files") : "",
      tools > 0 ? plural(tools, "tool call", "tool calls") : "",
      instructions > 0 ? plural(instructions, "instruction", "instructions") : "",
    ].filter(Boolean);
    return parts.length > 0 ? `left out: ${parts.join(", ")}` : "";
  },
  broken: (count: number, which: string) => `${plural(count, "cannot be read", "cannot be read")}: ${which}`,
  exportIt: "Save as a file",
  exportTitle: (title: string) => `Save “${title}”`,
  exportAllTitle: "Save all conversations",
  form: "Form",
  forms: {
    markdown: "Markdown",
    html: "Page (HTML)",
    pdf: "PDF (by printing)",
    json: "Everything (JSON)",
    openai: "OpenAI lines (JSONL)",
    sharegpt: "ShareGPT (JSON)",
  },
  formHint: {
    markdown: "What is shown, for people and editors.",
    html: "What is shown, as a page that needs nothing else; print it for a PDF.",
    pdf: "What is shown, laid out for paper: your browser prints it or saves it as PDF.",
    json: "All branches and everything that is known; Familiar reads it again.",
    openai: "What is shown, a conversation a line, for fine-tuning.",
    sharegpt: "What is shown, as data sets have it.",
  },
  save: "Save",
  print: "Print or save as PDF",
  saveAll: "Save all",
};
