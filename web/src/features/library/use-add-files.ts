/** Adds files to the library from anywhere on the page. */
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { rememberDocument } from "@/lib/api/documents";
import { statusQuery } from "@/lib/api/status";
import type { Document } from "@/lib/types";
import type { GivenFile } from "./dropped-files";
import { addUploads } from "./uploads";

export function useOnDocument(): (document: Document) => void {
  const client = useQueryClient();
  return useCallback(
    (document: Document) => {
      rememberDocument(client, document);
      void client.invalidateQueries({ queryKey: statusQuery.queryKey });
    },
    [client],
  );
}

export function useAddFiles(): (files: readonly GivenFile[]) => void {
  const onDocument = useOnDocument();
  return useCallback((files: readonly GivenFile[]) => addUploads(files, onDocument), [onDocument]);
}
