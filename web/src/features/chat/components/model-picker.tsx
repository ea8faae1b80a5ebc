/** The model or route that answers next. */
import { useQuery } from "@tanstack/react-query";
import { ChevronDown, Star } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { modelLabel, modelsQuery } from "@/lib/api/models";
import { text } from "@/lib/i18n";
import { modelItems } from "@/lib/api/model-items";
import { settingsQuery } from "@/lib/api/settings";
import { useStore } from "@/lib/store";
import { Button } from "@/ui/button";
import { PickList } from "@/ui/pick-list";
import { Popover } from "@/ui/popover";
import { favouritesFirst, modelUsed, recentFirst, recentModels } from "../recent-models";

const ModelFacts = lazy(() => import("./model-facts").then((module) => ({ default: module.ModelFacts })));

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
  const { data: settings } = useQuery(settingsQuery);
  const [open, setOpen] = useState(false);
  const [facts, setFacts] = useState(false);
  const starred = settings?.favourite_models;
  const recent = useStore(recentModels);
  const items = useMemo(
    () =>
      favouritesFirst(
        recentFirst(modelItems(list, value), recent, text.chat.recentModels),
        starred ?? [],
        text.chat.favourites,
      ),
    [list, recent, starred, value],
  );
  const name = value ? modelLabel(list, value) : text.chat.noModel;
  return (
    <>
      {facts ? (
        <Suspense>
          <ModelFacts onClose={() => setFacts(false)} />
        </Suspense>
      ) : undefined}
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
        <Button
          tone="quiet"
          icon={Star}
          className="model-facts-open"
          onClick={() => {
            setOpen(false);
            setFacts(true);
          }}
        >
          {text.chat.modelFacts}
        </Button>
      </Popover>
    </>
  );
}
