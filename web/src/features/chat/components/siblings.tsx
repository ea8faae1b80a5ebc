/** Steps through the versions of a message. */
import { ChevronLeft, ChevronRight } from "lucide-react";
import { text } from "@/lib/i18n";
import { IconButton } from "@/ui/button";
import { useThreadActions } from "../thread-actions";

export function Siblings({ ids, current }: { ids: readonly string[]; current: string }) {
  const { showVersion } = useThreadActions();
  const index = ids.indexOf(current);
  if (ids.length < 2 || index < 0) return undefined;
  const step = (by: number) => {
    const id = ids[index + by];
    if (id !== undefined) showVersion(id);
  };
  return (
    <div className="siblings" role="group" aria-label={text.chat.versions}>
      <IconButton
        icon={ChevronLeft}
        label={text.chat.previousVersion}
        size="small"
        disabled={index === 0}
        onClick={() => step(-1)}
      />
      <span className="numeric">{text.chat.versionOf(index + 1, ids.length)}</span>
      <IconButton
        icon={ChevronRight}
        label={text.chat.nextVersion}
        size="small"
        disabled={index === ids.length - 1}
        onClick={() => step(1)}
      />
    </div>
  );
}
