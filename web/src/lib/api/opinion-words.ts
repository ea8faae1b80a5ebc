/** The words of the thumbs, for every place that has them. */
import { text } from "@/lib/i18n";

export function opinionWords() {
  const { thumbs, up, down, marks, quality, speed, cost, usefulness, preferredProvider, notSaid, mark } =
    text.experiments;
  return {
    thumbs,
    up,
    down,
    marks,
    quality,
    speed,
    cost,
    usefulness,
    preferredProvider,
    notSaid,
    mark,
    save: text.common.save,
  };
}
