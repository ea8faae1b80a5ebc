/** What is written of a template and not saved yet: it stays on the device, however one leaves. */
import { useMemo, useState } from "react";
import { useStore } from "@/lib/store";
import type { KeptTemplate, PromptTemplate } from "@/lib/types";
import { keepDraft, useDraft } from "@/lib/use-draft";

const EMPTY: PromptTemplate = { title: "", command: "", category: "", description: "", text: "" };

/** What was written, and above which version. */
interface Written {
  version: number;
  template: PromptTemplate;
}

export interface Edits {
  /** The template as it stands in the form. */
  draft: PromptTemplate;
  /** Whether anything in it is not saved. */
  changed: boolean;
  /** Whether it was written before the form was opened. */
  found: boolean;
  /** Whether a version was saved since it was begun. */
  behind: boolean;
  change: (part: Partial<PromptTemplate>) => void;
  discard: () => void;
  /** Takes what was saved out; what was written since stays. */
  saved: (sent: PromptTemplate, next: KeptTemplate) => void;
}

const keyOf = (id: string | undefined) => `template.${id ?? "new"}`;

export function useEdits(kept: KeptTemplate | undefined): Edits {
  const { words } = useDraft(keyOf(kept?.id));
  const [found] = useState(() => read(words.get()) !== undefined);
  const json = useStore(words);
  const written = useMemo(() => read(json), [json]);
  const base = kept?.template ?? EMPTY;
  const version = kept?.version ?? 0;
  const draft = written?.template ?? base;
  return {
    draft,
    changed: !same(draft, base),
    found,
    behind: written !== undefined && written.version !== version,
    change: (part) => {
      const template = { ...draft, ...part };
      words.set(same(template, base) ? "" : write({ version: written?.version ?? version, template }));
    },
    discard: () => words.set(""),
    saved: (sent, next) => {
      const now = read(words.get());
      words.set("");
      if (!now || same(now.template, sent)) return;
      const since = write({ version: next.version, template: now.template });
      if (next.id === kept?.id) words.set(since);
      else keepDraft(keyOf(next.id), since);
    },
  };
}

const write = (written: Written) => JSON.stringify(written);

const NAMES = ["title", "command", "category", "description", "text"] as const;

function same(one: PromptTemplate, other: PromptTemplate): boolean {
  return NAMES.every((name) => (one[name] ?? "") === (other[name] ?? ""));
}

function read(json: string): Written | undefined {
  if (json === "") return undefined;
  try {
    const { version, template } = JSON.parse(json) as Written;
    const good = typeof version === "number" && NAMES.every((name) => typeof (template[name] ?? "") === "string");
    return good ? { version, template: { ...EMPTY, ...template } } : undefined;
  } catch {
    // What cannot be read was not written here.
    return undefined;
  }
}
