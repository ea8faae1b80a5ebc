/** Which period: so many days up to now, or days of one's own. */
import { useState } from "react";
import { dayBefore } from "@/lib/format";
import { text } from "@/lib/i18n";
import { ChoiceField, TextField } from "@/ui/field";
import { periodOf, RANGES, type MoneySearch, type Range } from "../search";

const OWN = "own";

export function RangePicker({
  search,
  onChange,
}: {
  search: MoneySearch;
  onChange: (change: Partial<MoneySearch>) => void;
}) {
  const own = search.from !== undefined && search.to !== undefined;
  const [wanted, setWanted] = useState(own);
  const period = periodOf(search);
  const days = search.days ?? 30;
  const choose = (value: string) => {
    setWanted(value === OWN);
    if (value === OWN) onChange({ from: period.from.slice(0, 10), to: dayBefore(0), days: undefined });
    else onChange({ days: Number(value) as Range, from: undefined, to: undefined });
  };
  const options = RANGES.map((value) => ({ value: String(value), label: text.money.ranges[value] }));
  return (
    <div className="money-range">
      <ChoiceField
        label={text.money.range}
        name="range"
        value={own || wanted ? OWN : String(days)}
        options={[...options, { value: OWN, label: text.money.ownRange }]}
        onChoose={choose}
      />
      {own || wanted ? (
        <div className="money-days">
          <TextField
            label={text.money.from}
            type="date"
            value={search.from ?? ""}
            max={search.to}
            onChange={(event) => onChange({ from: event.target.value || undefined })}
          />
          <TextField
            label={text.money.to}
            type="date"
            value={search.to ?? ""}
            min={search.from}
            onChange={(event) => onChange({ to: event.target.value || undefined })}
          />
        </div>
      ) : undefined}
    </div>
  );
}
