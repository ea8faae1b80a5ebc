/** Words of how searches went. */

export const searches = {
  title: "Searches",
  asked: "Searches",
  withoutHits: "Found nothing",
  opened: "Something was opened",
  nearTop: "Opened among the first three",
  frequent: "Searched for most often",
  missed: "Not found",
  popular: "Opened most often",
  hint: "Of the last 30 days. Searches are kept on this machine for 90 days.",
  forget: "Forget all searches",
  forgetTitle: "Forget all searches?",
  forgetHint:
    "What was searched for and what was opened goes, and with it all that is told here. This cannot be undone.",
  forgotten: "All searches are forgotten.",
  none: "Nothing was searched for yet.",
} as const;
