/** A persona while it is being written, and the way back through what was written: pure. */
import type { LoreEntry, ModelList, Persona } from "@/lib/types";

/** A persona with all that a form shows. */
export type Draft = Persona &
  Required<
    Pick<
      Persona,
      | "kind"
      | "name"
      | "description"
      | "personality"
      | "scenario"
      | "backstory"
      | "traits"
      | "style"
      | "goals"
      | "knowledge"
      | "boundaries"
      | "greeting"
      | "alternate_greetings"
      | "examples"
      | "system_prompt"
      | "post_history_instructions"
      | "tags"
      | "creator"
      | "character_version"
      | "creator_notes"
    >
  >;

const EMPTY: Draft = {
  kind: "character",
  name: "",
  description: "",
  personality: "",
  scenario: "",
  backstory: "",
  traits: [],
  style: {},
  goals: [],
  knowledge: [],
  boundaries: [],
  greeting: "",
  alternate_greetings: [],
  group_only_greetings: [],
  examples: "",
  system_prompt: "",
  post_history_instructions: "",
  tags: [],
  creator: "",
  character_version: "",
  creator_notes: "",
};

export function draftOf(persona: Persona): Draft {
  return { ...EMPTY, ...persona };
}

export interface Written {
  readonly past: readonly Draft[];
  readonly now: Draft;
  readonly future: readonly Draft[];
  /** What was changed last: changes of one field after another are one step back. */
  readonly field: string | undefined;
}

const MOST_STEPS = 200;

export function begin(persona: Persona): Written {
  return { past: [], now: draftOf(persona), future: [], field: undefined };
}

/** Takes a change; `field` says of what, so that typing a word is one step. */
export function write(written: Written, change: Partial<Draft>, field: string): Written {
  const past = written.field === field ? written.past : [...written.past, written.now].slice(-MOST_STEPS);
  return { past, now: { ...written.now, ...change }, future: [], field };
}

export function undo(written: Written): Written {
  const before = written.past.at(-1);
  if (!before) return written;
  return { past: written.past.slice(0, -1), now: before, future: [written.now, ...written.future], field: undefined };
}

export function redo(written: Written): Written {
  const [next, ...future] = written.future;
  if (!next) return written;
  return { past: [...written.past, written.now], now: next, future, field: undefined };
}

/** Ends a step: what is typed next is a step of its own. */
export function pause(written: Written): Written {
  return written.field === undefined ? written : { ...written, field: undefined };
}

/** Words between commas; a pattern between slashes may have commas of its own: `/a{1,2}/i`. */
export function listOf(words: string): string[] {
  const found = words.match(/\s*\/(?:\\.|[^/\\])+\/[a-z]*\s*(?=,|$)|[^,]+/g) ?? [];
  return found.map((word) => word.trim()).filter(Boolean);
}

/** A setting of an entry that SillyTavern's cards keep in `extensions`. */
export function setting(entry: LoreEntry, name: string): unknown {
  return (entry.extensions as Record<string, unknown> | undefined)?.[name];
}

export function numberSetting(entry: LoreEntry, name: string, usual: number): number {
  const value = setting(entry, name);
  return typeof value === "number" ? value : usual;
}

export function withSetting(entry: LoreEntry, name: string, value: unknown): LoreEntry {
  const { [name]: _before, ...others } = (entry.extensions ?? {}) as Record<string, unknown>;
  return { ...entry, extensions: value === undefined ? others : { ...others, [name]: value } };
}

export function entryName(entry: LoreEntry, index: number): string {
  return entry.name?.trim() || entry.comment?.trim() || entry.keys?.[0]?.trim() || `Entry ${index + 1}`;
}

/** Who can play a persona: routes, then models that talk; `first` in any case. */
export function playersOf(models: ModelList | undefined, first: string): { value: string; label: string }[] {
  const choices = (models?.models ?? []).filter((model) => model.language_model && model.capabilities.includes("chat"));
  const known = [...(models?.routes ?? []).map((route) => route.name), ...choices.map((one) => one.id)];
  return [...new Set([first, ...known])].filter(Boolean).map((id) => ({
    value: id,
    label: choices.find((one) => one.id === id)?.display_name ?? id,
  }));
}
