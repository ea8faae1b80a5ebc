/** A persona handed on by what the device has for sharing. */
import { fetchFile } from "@/lib/client";
import { text } from "@/lib/i18n";
import { saveFile } from "@/lib/platform";
import { showToast } from "@/ui/toast";
import { exportAddress } from "./api";

/** Hands a persona on as a picture with its card; where the device cannot, the file is saved. */
export async function share(id: string): Promise<void> {
  const file = await fetchFile(exportAddress(id, "png"));
  const handed = { files: [file], title: file.name };
  if (typeof navigator.canShare === "function" && navigator.canShare(handed)) {
    // Whoever closes the device's dialog has changed their mind.
    await navigator.share(handed).catch(() => undefined);
    return;
  }
  saveFile(file.name, file);
  showToast({ text: text.personas.shared });
}
