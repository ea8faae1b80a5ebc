/** Files of a drop or a folder, each with its path inside what was given. */

export interface GivenFile {
  file: File;
  /** The name with its folders, as `notes/2026/plan.md`. */
  path: string;
}

/** Files that systems leave in folders and nobody means to add. */
const NOISE = /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini|\.git\/.*)$/i;

/** Files chosen by a file field; a folder field says the path. */
export function chosenFiles(list: FileList | null): GivenFile[] {
  return [...(list ?? [])]
    .map((file) => ({ file, path: file.webkitRelativePath || file.name }))
    .filter(({ path }) => !NOISE.test(path));
}

/** Everything in a drop, folders and all below them. */
export async function droppedFiles(transfer: DataTransfer): Promise<GivenFile[]> {
  // The entries have to be taken before the first wait; afterwards the browser has emptied the list.
  const entries = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found: GivenFile[] = [];
  for (const { entry, file } of entries) {
    if (entry) await walk(entry, "", found);
    else if (file) found.push({ file, path: file.name });
  }
  return found.filter(({ path }) => !NOISE.test(path));
}

async function walk(entry: FileSystemEntry, folder: string, found: GivenFile[]): Promise<void> {
  const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, path });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader gives a folder in pieces, and an empty one at its end.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return;
    for (const child of entries) await walk(child, path, found);
  }
}
