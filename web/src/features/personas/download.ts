/** Files of personas: saved, or handed on by what the device has for sharing. */
import { problemOf } from "@/lib/client";
import { text } from "@/lib/i18n";
import { showToast } from "@/ui/toast";
import { exportAddress } from "./api";

/** Fetches a file; says why where there is none. */
async function fetched(path: string): Promise<File | undefined> {
  const response = await fetch(path);
  if (!response.ok) {
    const { message, hint } = await problemOf(response);
    showToast({ tone: "danger", text: message, hint });
    return undefined;
  }
  const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  const content = await response.blob();
  return new File([content], name ? decodeURIComponent(name) : "persona", { type: content.type });
}

export async function download(path: string): Promise<void> {
  const file = await fetched(path);
  if (file) save(file);
}

function save(file: File): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Hands a persona on as a picture with its card; where the device cannot, the file is saved. */
export async function share(id: string): Promise<void> {
  const file = await fetched(exportAddress(id, "png"));
  if (!file) return;
  const handed = { files: [file], title: file.name };
  if (typeof navigator.canShare === "function" && navigator.canShare(handed)) {
    // Whoever closes the device's dialog has changed their mind.
    await navigator.share(handed).catch(() => undefined);
    return;
  }
  save(file);
  showToast({ text: text.personas.shared });
}
