/** Models one knows better: starred ones stand first in the picker, and the facts of two to four stand side by side. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Star } from "lucide-react";
import { useState } from "react";
import { modelItems } from "@/lib/api/model-items";
import { modelsQuery } from "@/lib/api/models";
import { settingsQuery, useChangeSettings } from "@/lib/api/settings";
import { speedsQuery, type Speed } from "@/lib/api/speeds";
import { formatCompact, formatDuration } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Model } from "@/lib/types";
import { Dialog } from "@/ui/dialog";
import { IconButton } from "@/ui/button";
import { ScrollTable } from "@/ui/scroll-table";
import "../model-facts.css";

const MOST = 4;

export function ModelFacts({ onClose }: { onClose: () => void }) {
  const { data: list } = useQuery(modelsQuery);
  const { data: settings } = useQuery(settingsQuery);
  const { data: speeds } = useQuery(speedsQuery);
  const client = useQueryClient();
  const change = useChangeSettings().mutate;
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const starred = settings?.favourite_models ?? [];
  const items = modelItems(list, undefined);
  const beside = ticked.flatMap((id) => list?.models.find((model) => model.id === id) ?? []);
  const toggle = (ids: readonly string[], id: string) =>
    ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id];
  const star = (id: string) => {
    // Those that there are by now, not those that were drawn: of two quick ones both stay.
    const now = client.getQueryData(settingsQuery.queryKey)?.favourite_models ?? starred;
    change({ favourite_models: toggle(now, id) });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.chat.modelFacts}
      description={text.chat.modelFactsHint}
      closeLabel={text.common.close}
      className="dialog-wide model-facts"
    >
      {beside.length >= 2 ? <SideBySide models={beside} speeds={speeds} /> : undefined}
      <ul className="model-facts-list">
        {items.map((item) => {
          const speed = speedWords(speeds?.get(item.id));
          const tickable = list?.models.some((model) => model.id === item.id) ?? false;
          return (
            <li key={item.id} className="model-facts-row">
              {tickable ? (
                <input
                  type="checkbox"
                  aria-label={text.chat.putBeside(item.label)}
                  checked={ticked.includes(item.id)}
                  disabled={!ticked.includes(item.id) && ticked.length >= MOST}
                  onChange={() => setTicked((before) => toggle(before, item.id))}
                />
              ) : (
                <span aria-hidden />
              )}
              <span className="model-facts-name" dir="auto">
                {item.label}
                <span className="pick-detail as-named">{[item.detail, speed].filter(Boolean).join(" · ")}</span>
              </span>
              <IconButton
                icon={Star}
                label={text.chat.favourite(item.label)}
                aria-pressed={starred.includes(item.id)}
                disabled={!settings}
                className="star-button"
                onClick={() => star(item.id)}
              />
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}

function speedWords(speed: Speed | undefined): string | undefined {
  if (!speed) return undefined;
  return [
    speed.tokensPerSecond === undefined ? undefined : text.models.perSecond(speed.tokensPerSecond),
    `${text.models.firstToken} ${formatDuration(speed.firstTokenMs)}`,
    text.chat.measuredHere(speed.calls),
  ]
    .filter(Boolean)
    .join(" · ");
}

function SideBySide({ models, speeds }: { models: readonly Model[]; speeds: ReadonlyMap<string, Speed> | undefined }) {
  const tokens = (count: number | null | undefined) => (count ? text.models.tokens(formatCompact(count)) : undefined);
  const rows: [string, (model: Model) => string | undefined][] = [
    [text.models.context, (model) => tokens(model.context_window)],
    [text.models.output, (model) => tokens(model.max_output_tokens)],
    [
      text.models.price,
      ({ prices, local, language_model }) =>
        prices
          ? text.models.pricesLong(prices.input_usd, prices.output_usd, prices.cached_input_usd ?? undefined)
          : local || !language_model
            ? text.models.free
            : text.models.priceUnknown,
    ],
    [text.models.capabilities, (model) => model.capabilities.map((name) => text.models.capability(name)).join(", ")],
    [text.models.speed, (model) => speedWords(speeds?.get(model.id))],
    [text.models.columns.health, (model) => text.models.health(model.health)],
    [text.models.provider, (model) => (model.local ? text.models.local : model.provider)],
    [text.models.released, (model) => model.released_on ?? undefined],
    [text.models.retires, (model) => model.retires_on ?? undefined],
  ];
  // A line of which nothing is known of any says nothing.
  const known = rows.filter(([, of]) => models.some((model) => of(model)));
  return (
    <ScrollTable label={text.chat.sideBySide} className="model-facts-table">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{text.models.columns.model}</th>
            {models.map((model) => (
              <th key={model.id} scope="col" dir="auto">
                {model.display_name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {known.map(([name, of]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {models.map((model) => (
                <td key={model.id}>{of(model) ?? "–"}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollTable>
  );
}
