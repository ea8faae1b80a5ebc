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

/** Has the browser print a page that needs nothing else, which it may save as PDF instead. Nothing in it runs. */
export async function printPage(html: string): Promise<void> {
  const frame = document.createElement("iframe");
  frame.className = "print-frame";
  frame.setAttribute("sandbox", "allow-same-origin allow-modals");
  frame.setAttribute("aria-hidden", "true");
  frame.tabIndex = -1;
  frame.srcdoc = html;
  const loaded = new Promise((done) => frame.addEventListener("load", done, { once: true }));
  document.querySelector(".print-frame")?.remove();
  document.body.append(frame);
  await loaded;
  // A browser names the file after the page that is in front.
  const { title } = document;
  document.title = frame.contentDocument?.title ?? title;
  frame.contentWindow?.print();
  document.title = title;
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
