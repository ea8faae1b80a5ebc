/** Why a sentence of an answer is doubted, in words. */
import { text } from "@/lib/i18n";
import type { Doubt } from "@/lib/types";

export function doubtReason({ reason, detail, source }: Doubt): string {
  const words = text.chat.doubts;
  switch (reason) {
    case "uncited":
      return source ? words.uncitedButIn(source) : words.uncited;
    case "elsewhere":
      return source ? words.elsewhere(source) : words.words;
    case "partly":
      return words.partly;
    case "figure":
      return words.figure(detail ?? "");
    case "name":
      return words.name(detail ?? "");
    case "contradiction":
      return words.contradiction;
    case "words":
    case "unknown":
      return words.words;
  }
}
