/** Keeps what is written: a moment after the last change, never over what somebody else wrote meanwhile. */
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError, describeError } from "@/lib/client";
import type { KeptPersona } from "@/lib/types";
import { useSavePersona } from "./api";
import { draftOf, type Draft } from "./model";

const REST_MS = 900;

export type SaveState =
  | { kind: "saved" }
  | { kind: "waiting" }
  | { kind: "saving" }
  | { kind: "refused"; message: string; hint: string | undefined }
  | { kind: "conflict" };

export interface Autosave {
  state: SaveState;
  version: number;
  /** Takes what the server has now as what is saved. */
  accept: (kept: KeptPersona) => void;
  /** Saves over whatever is there now. */
  overwrite: (version: number) => void;
}

/** `held` says why what is written cannot be kept as it stands; an empty text only asks to wait. */
export function useAutosave(kept: KeptPersona, draft: Draft, held: string | undefined): Autosave {
  const save = useSavePersona(kept.id).mutateAsync;
  const [saved, setSaved] = useState(() => ({ version: kept.version, persona: JSON.stringify(draftOf(kept.persona)) }));
  const [problem, setProblem] = useState<{ of: string; state: SaveState }>();
  const [saving, setSaving] = useState(false);
  const current = JSON.stringify(draft);
  const dirty = current !== saved.persona;
  const latest = useRef(draft);
  useEffect(() => {
    latest.current = draft;
  });

  const accept = useCallback((given: KeptPersona) => {
    setSaved({ version: given.version, persona: JSON.stringify(draftOf(given.persona)) });
    setProblem(undefined);
  }, []);

  const store = useCallback(
    async (version: number) => {
      const persona = latest.current;
      const written = JSON.stringify(persona);
      setSaving(true);
      try {
        const done = await save({ version, persona });
        setSaved({ version: done.version, persona: written });
        setProblem(undefined);
      } catch (error) {
        const { message, hint } = describeError(error);
        const conflict = error instanceof ApiError && error.status === 409;
        setProblem({ of: written, state: conflict ? { kind: "conflict" } : { kind: "refused", message, hint } });
      } finally {
        setSaving(false);
      }
    },
    [save],
  );

  const stuck = problem?.state.kind === "conflict" || problem?.of === current;
  useEffect(() => {
    if (!dirty || saving || stuck || held !== undefined) return undefined;
    const timer = setTimeout(() => void store(saved.version), REST_MS);
    return () => clearTimeout(timer);
  }, [current, dirty, saving, stuck, held, saved.version, store]);

  const state: SaveState = saving
    ? { kind: "saving" }
    : stuck && problem
      ? problem.state
      : dirty
        ? held
          ? { kind: "refused", message: held, hint: undefined }
          : { kind: "waiting" }
        : { kind: "saved" };
  return { state, version: saved.version, accept, overwrite: (version) => void store(version) };
}
