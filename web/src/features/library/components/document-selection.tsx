/** What can be done with several documents at once. */
import { ListChecks, Tags, X } from "lucide-react";
import { useState } from "react";
import { text } from "@/lib/i18n";
import type { Document } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { TagsDialog } from "./tags-dialog";

export interface DocumentSelectionProps {
  /** Those that are selected, as they are listed. */
  documents: readonly Document[];
  onAll: () => void;
  onEnd: () => void;
}

export function DocumentSelection({ documents, onAll, onEnd }: DocumentSelectionProps) {
  const [tagging, setTagging] = useState(false);
  return (
    <div className="document-selection" role="group" aria-label={text.folders.selection}>
      <span role="status">{text.documents.selected(documents.length)}</span>
      <IconButton icon={Tags} size="small" label={text.folders.tags} onClick={() => setTagging(true)} />
      <IconButton icon={ListChecks} size="small" label={text.folders.selectAll} onClick={onAll} />
      <IconButton icon={X} size="small" label={text.folders.endSelection} onClick={onEnd} />
      {tagging ? <TagsDialog documents={documents} onClose={() => setTagging(false)} /> : undefined}
    </div>
  );
}
