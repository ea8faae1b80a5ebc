/** Conversations from and to files. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ApiError, address, sendFollowed, unreachable } from "@/lib/client";
import type { ConversationImport, ImportFailure, ImportStep } from "@/lib/types";

/** As what one conversation can be written; all together only as some of them. */
export const FORMS_OF_ALL = ["json", "openai", "sharegpt"] as const;
export type Form = "markdown" | "html" | (typeof FORMS_OF_ALL)[number];

/** Where the file of a conversation is, or of all of them. */
export function exportAddress(conversationId: string | undefined, form: Form): string {
  const of = conversationId === undefined ? "" : `/${encodeURIComponent(conversationId)}`;
  return address(`/api/conversations${of}/export`, { form });
}

/** Where the file of several conversations is. */
export function exportManyAddress(ids: readonly string[], form: Form): string {
  return address("/api/conversations/export", { form, ids: ids.join(",") });
}

/** How far an import is. */
export interface ImportProgress {
  fileName: string;
  done: number;
  of: number;
}

/** Takes files in; with `dryRun` it is only said what would come of it. What is taken over when it is cancelled stays. */
export function useImportConversations() {
  const client = useQueryClient();
  const [progress, setProgress] = useState<ImportProgress>();
  const running = useRef<AbortController>(undefined);
  const mutation = useMutation({
    mutationFn: async ({ files, dryRun }: { files: readonly File[]; dryRun: boolean }) => {
      const form = new FormData();
      for (const file of files) form.append("file", file, file.name);
      const cancel = new AbortController();
      running.current?.abort();
      running.current = cancel;
      setProgress(undefined);
      let came: ConversationImport | undefined;
      let failed: ImportFailure | undefined;
      const path = address("/api/conversations/import", { dry_run: dryRun });
      await sendFollowed<ImportStep>(path, form, cancel.signal, (step) => {
        if (step.type === "progress") setProgress({ fileName: step.file_name, done: step.done, of: step.of });
        else if (step.type === "done") came = step.import;
        else failed = step.error;
      });
      if (failed)
        throw new ApiError({ status: 500, code: "import", detail: failed.message, hint: failed.hint ?? null });
      if (!came) throw unreachable();
      return came;
    },
    onSettled: (_, _error, { dryRun }) =>
      dryRun ? undefined : client.invalidateQueries({ queryKey: ["conversations"] }),
    meta: { ownError: true },
  });
  return { ...mutation, progress, cancel: () => running.current?.abort() };
}
