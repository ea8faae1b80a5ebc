/** The model or route that answers next. */
import { useQuery } from "@tanstack/react-query";
import { ChevronDown } from "lucide-react";
import { useMemo, useState } from "react";
import { modelLabel, modelsQuery } from "@/lib/api/models";
import { text } from "@/lib/i18n";
import { modelItems } from "@/lib/api/model-items";
import { useStore } from "@/lib/store";
import { PickList } from "@/ui/pick-list";
import { Popover } from "@/ui/popover";
import { modelUsed, recentFirst, recentModels } from "../recent-models";

export function ModelPicker({
  value,
  onPick,
  disabled = false,
}: {
  value: string | undefined;
  onPick: (id: string) => void;
  disabled?: boolean;
}) {
  const { data: list } = useQuery(modelsQuery);
  const [open, setOpen] = useState(false);
  const recent = useStore(recentModels);
  const items = useMemo(
    () => recentFirst(modelItems(list, value), recent, text.chat.recentModels),
    [list, recent, value],
  );
  const name = value ? modelLabel(list, value) : text.chat.noModel;
  return (
    <Popover
      label={text.chat.chooseModel}
      open={open}
      onOpenChange={setOpen}
      side="top"
      className="picker-popover"
      trigger={
        <button
          type="button"
          className="button button-quiet picker-button"
          disabled={disabled}
          aria-label={text.chat.modelIs(name)}
        >
          <span className="picker-name">{name}</span>
          <ChevronDown size={15} aria-hidden />
        </button>
      }
    >
      <PickList
        label={text.chat.chooseModel}
        placeholder={text.chat.searchModels}
        emptyText={text.chat.noSuchModel}
        items={items}
        onPick={(id) => {
          setOpen(false);
          modelUsed(id);
          onPick(id);
        }}
      />
    </Popover>
  );
}
