/** Words of the panel beside a conversation. */
import { plural } from "./plural";

export const context = {
  title: "Context",
  show: "Show what answers rest on",
  hide: "Hide what answers rest on",
  speaks: "Who speaks",
  nobody: "Nobody in particular: the model as it is.",
  leave: "Talk to nobody in particular",
  you: "You speak as",
  told: "Told for the last answer",
  toldNothing: "Nothing was recalled for it.",
  known: "All that is known here",
  leftOut: "Left out of the next turn",
  gonePictures: (count: number) =>
    `${plural(count, "picture is", "pictures are")} not kept any more; models are told so.`,
  goneFrom: (when: string) => `From ${when}`,
  goneMore: (count: number) => `and ${plural(count, "earlier picture", "earlier pictures")}`,
};
