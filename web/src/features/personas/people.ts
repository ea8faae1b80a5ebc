/** What a person does with what personas feel, and with checks of whether they stay themselves. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { personaPath, personasKey } from "@/lib/api/personas";
import { request } from "@/lib/client";
import type {
  PersonaCheck,
  PersonaChecks,
  PersonaFeelings,
  PersonaQuestion,
  PersonaQuestions,
  PersonaTemper,
} from "@/lib/types";

/** How often a run is looked at that goes on. */
const LOOK_MS = 1_000;

export function feelingsQuery(id: string) {
  return queryOptions({
    queryKey: [...personasKey, "feelings", id],
    queryFn: ({ signal }) => request<PersonaFeelings>("GET", `${personaPath(id)}/feelings`, { signal }),
  });
}

function useFelt(id: string): (feelings: PersonaFeelings) => void {
  const client = useQueryClient();
  return (feelings) => client.setQueryData(feelingsQuery(id).queryKey, feelings);
}

export function useSetTemper(id: string) {
  const client = useQueryClient();
  const { queryKey } = feelingsQuery(id);
  return useMutation({
    // One after the other, so that the last word is the last.
    scope: { id: `temper-${id}` },
    mutationFn: (temper: PersonaTemper) =>
      request<PersonaFeelings>("PUT", `${personaPath(id)}/feelings`, { body: temper }),
    onMutate: (temper) => {
      client.setQueryData(queryKey, (before) => (before ? { ...before, temper } : before));
    },
    onSuccess: (feelings) =>
      client.setQueryData(queryKey, (before) => ({ ...feelings, temper: before?.temper ?? feelings.temper })),
    onError: () => client.invalidateQueries({ queryKey }),
  });
}

export function useRevert(id: string) {
  return useMutation({
    mutationFn: ({ entry, back }: { entry: string; back: boolean }) =>
      request<PersonaFeelings>(
        "POST",
        `${personaPath(id)}/feelings/${encodeURIComponent(entry)}/${back ? "revert" : "restore"}`,
      ),
    onSuccess: useFelt(id),
  });
}

export function useForgetFeelings(id: string) {
  return useMutation({
    mutationFn: () => request<PersonaFeelings>("DELETE", `${personaPath(id)}/feelings`),
    onSuccess: useFelt(id),
  });
}

export function questionsQuery(id: string) {
  return queryOptions({
    queryKey: [...personasKey, "questions", id],
    queryFn: ({ signal }) => request<PersonaQuestions>("GET", `${personaPath(id)}/questions`, { signal }),
  });
}

export function useSetQuestions(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (questions: PersonaQuestion[]) =>
      request<PersonaQuestions>("PUT", `${personaPath(id)}/questions`, { body: { questions } }),
    onSuccess: (kept) => client.setQueryData(questionsQuery(id).queryKey, kept),
  });
}

export function runsQuery(id: string) {
  return queryOptions({
    queryKey: [...personasKey, "checks", id],
    queryFn: ({ signal }) => request<PersonaChecks>("GET", `${personaPath(id)}/checks`, { signal }),
    refetchInterval: ({ state }) => (state.data?.checks.some((check) => check.state === "running") ? LOOK_MS : false),
  });
}

/** A run with its answers so far: `step` is how far it is, so that each answer is fetched as it comes. */
export function runQuery(id: string, checkId: string, step: string) {
  return queryOptions({
    queryKey: [...personasKey, "checks", id, checkId, step],
    queryFn: ({ signal }) =>
      request<PersonaCheck>("GET", `${personaPath(id)}/checks/${encodeURIComponent(checkId)}`, { signal }),
    placeholderData: keepPreviousData,
  });
}

export function useBeginCheck(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: { model?: string; judge?: string }) =>
      request<PersonaCheck>("POST", `${personaPath(id)}/checks`, { body: order }),
    onSuccess: () => client.invalidateQueries({ queryKey: runsQuery(id).queryKey }),
  });
}

/** Stops a run that goes on, or forgets one that is over. */
export function useEndCheck(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (checkId: string) =>
      request<void>("DELETE", `${personaPath(id)}/checks/${encodeURIComponent(checkId)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: runsQuery(id).queryKey }),
  });
}
