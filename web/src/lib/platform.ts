/** What differs between the places the page runs in. */

export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** Copies text; `false` where the browser refuses. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** The way without the clipboard API: plain http on a name that is not localhost. */
function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

/** Offers a text as a file. */
export function download(name: string, mediaType: string, content: string): void {
  saveFile(name, new Blob([content], { type: mediaType }));
}

/** Has the browser save something. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
