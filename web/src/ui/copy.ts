/** Copies a text and says whether the browser let it. */
import { text } from "@/lib/i18n";
import { copyText } from "@/lib/platform";
import { showToast } from "./toast";

export async function copyWithToast(content: string, told: string = text.common.copied): Promise<void> {
  const copied = await copyText(content);
  showToast(copied ? { text: told } : { tone: "danger", text: text.common.copyFailed });
}
