/** Words of the tools that models use. */
import { figure, plural } from "./plural";

export const tools = {
  title: "Tools",
  off: "No tools",
  some: (count: number) => plural(count, "tool", "tools"),
  modelCannot: "This model cannot call tools.",
  here: "What the model may use in this conversation",
  asSettings: "As in the settings",
  asSettingsHint: "Choose here to differ from the settings in this conversation.",
  asks: "changes something; you are asked first",
  withoutAsking: (name: string) => `Use “${name}” without asking`,
  chosenOf: (on: number, all: number, tokens: number) =>
    `${figure(on)} of ${figure(all)} on, about ${figure(tokens)} tokens in each prompt`,
  allOf: (server: string) => `All of “${server}”`,
  away: "away at the moment",
  everywhere: "Tools in conversations",
  everywhereHint:
    "What models that can call tools may use where a conversation does not say. Each tool makes prompts a little longer.",
  calls: (count: number) => plural(count, "tool used", "tools used"),
  arguments: "Asked for",
  result: "Result",
  nothingGiven: "Nothing was given.",
  waiting: "waits for you",
  running: "at work",
  done: "done",
  failed: "failed",
  declined: "not allowed",
  cancelled: "ended before",
  asksFor: (name: string) => `The model wants to use “${name}”, which changes something.`,
  allow: "Allow",
  allowAlways: "Always in this conversation",
  decline: "Do not allow",
};
