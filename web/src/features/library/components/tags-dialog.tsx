/** The tags of one document or of several. */
import { useQuery } from "@tanstack/react-query";
import { text } from "@/lib/i18n";
import type { Document } from "@/lib/types";
import { TagsDialog as Tags } from "@/ui/tags-dialog";
import { tagsQuery, useTagDocuments } from "../api";

/** The longest that the server takes. */
const TAG_LENGTH = 64;

export function TagsDialog({ documents, onClose }: { documents: readonly Document[]; onClose: () => void }) {
  const tag = useTagDocuments();
  const { data: known } = useQuery(tagsQuery);
  const [only] = documents;
  return (
    <Tags
      title={
        documents.length === 1 && only ? text.folders.tagsOf(only.title) : text.documents.tagsOfMany(documents.length)
      }
      tagged={documents.map((document) => document.tags ?? [])}
      known={known?.tags.map((used) => used.tag) ?? []}
      maxLength={TAG_LENGTH}
      onClose={onClose}
      onSave={(change) => tag.mutate({ ids: documents.map((document) => document.id), ...change })}
    />
  );
}
