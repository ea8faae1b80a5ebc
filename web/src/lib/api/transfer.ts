/** Conversations from and to files. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { address, send } from "@/lib/client";
import type { ConversationImport } from "@/lib/types";

/** As what one conversation can be written; all together only as some of them. */
export const FORMS = ["markdown", "html", "json", "openai", "sharegpt"] as const;
export const FORMS_OF_ALL = ["json", "openai", "sharegpt"] as const;
export type Form = (typeof FORMS)[number];

/** Where the file of a conversation is, or of all of them. */
export function exportAddress(conversationId: string | undefined, form: Form): string {
  const of = conversationId === undefined ? "" : `/${encodeURIComponent(conversationId)}`;
  return address(`/api/conversations${of}/export`, { form });
}

/** Takes files in; with `dryRun` it is only said what would come of it. */
export function useImportConversations() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ files, dryRun }: { files: readonly File[]; dryRun: boolean }) => {
      const form = new FormData();
      for (const file of files) form.append("file", file, file.name);
      return send<ConversationImport>("POST", address("/api/conversations/import", { dry_run: dryRun }), form);
    },
    onSuccess: (_, { dryRun }) => (dryRun ? undefined : client.invalidateQueries({ queryKey: ["conversations"] })),
    meta: { ownError: true },
  });
}
