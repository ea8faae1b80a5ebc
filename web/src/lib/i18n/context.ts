/** Words of the panel beside a conversation. */
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
};
