/** Folders, and where conversations lie: what a person can do with them. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Arrangement, ConversationPlaces, CreateFolder, Folder, FolderList, UpdateFolder } from "@/lib/types";
import { showToast } from "@/ui/toast";
import { afterOthers, conversationsKey, refreshLists } from "./api";
import { placeOf, type FolderAt } from "./folders";
import { changeShown, filedAs } from "./filing";

const path = (id: string) => `/api/folders/${encodeURIComponent(id)}`;

export const foldersQuery = queryOptions({
  // Whatever changes lists of conversations may change folders.
  queryKey: [...conversationsKey, "folders"],
  queryFn: ({ signal }) => request<FolderList>("GET", "/api/folders", { signal }),
});

export function useCreateFolder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (folder: CreateFolder) => request<Folder>("POST", "/api/folders", { body: folder }),
    onSuccess: () => refreshLists(client),
    meta: { ownError: true },
  });
}

export function useUpdateFolder() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: UpdateFolder }) =>
      request<Folder>("PATCH", path(id), { body: change }),
    onSuccess: () => refreshLists(client),
  });
}

/** Moves a folder with all in it; a message offers to put it back. */
export function useMoveFolder(folders: readonly Folder[]) {
  const update = useUpdateFolder();
  return (id: string, place: FolderAt) => {
    const before = placeOf(folders, id);
    const name = folders.find((folder) => folder.id === id)?.name;
    if (!before || name === undefined) return;
    const moved = () =>
      showToast({
        text: text.folders.folderMoved(name),
        action: { label: text.common.undo, run: () => update.mutate({ id, change: { place: before } }) },
      });
    update.mutate({ id, change: { place } }, { onSuccess: moved });
  };
}

/** Deletes a folder; a message offers to bring it back. `gone` is called when it is not shown any more. */
export function useDeleteFolder(gone: () => void) {
  const client = useQueryClient();
  const restore = useMutation({
    mutationFn: (folder: Folder) => request<Folder>("POST", `${path(folder.id)}/restore`),
    onSuccess: () => refreshLists(client),
  });
  return useMutation({
    mutationFn: (folder: Folder) => request<void>("DELETE", path(folder.id)),
    onSuccess: async (_, folder) => {
      showToast({
        text: text.folders.folderDeleted(folder.name),
        action: { label: text.common.undo, run: () => restore.mutate(folder) },
      });
      await refreshLists(client);
      gone();
    },
  });
}

export interface Arranged {
  ids: readonly string[];
  change: Arrangement;
  /** What is told when it is done; nothing tells nothing and offers no way back. */
  done?: string;
}

const idsOf = ({ places }: ConversationPlaces) => places.map(({ id }) => id);

/** Changes where conversations lie, all in one: shown at once, and not where the server refuses. A message offers to take it back. */
export function useArrange() {
  const client = useQueryClient();
  const putBack = useMutation({
    mutationFn: (before: ConversationPlaces) =>
      afterOthers(idsOf(before), () =>
        request<ConversationPlaces>("PUT", "/api/conversations/places", { body: before }),
      ),
    onSuccess: () => refreshLists(client),
  });
  return useMutation({
    mutationFn: ({ ids, change }: Arranged) =>
      afterOthers(ids, () =>
        request<ConversationPlaces>("POST", "/api/conversations/arrange", { body: { ids, change } }),
      ),
    onMutate: ({ ids, change }) => changeShown(client, ids, (conversation) => filedAs(conversation, change)),
    onError: (_error, _arranged, undo) => {
      undo?.();
      // What stood there before may be a change that was refused as well.
      void refreshLists(client);
    },
    onSuccess: async (before, { done }) => {
      if (done !== undefined)
        showToast({ text: done, action: { label: text.common.undo, run: () => putBack.mutate(before) } });
      await refreshLists(client);
    },
  });
}
