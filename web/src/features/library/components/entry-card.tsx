/** An entry among the hits, such as a spell: what it is, at a glance. */
import { text } from "@/lib/i18n";
import type { Entry } from "@/lib/types";

/** What is told of an entry in a line, beside its level. */
const TOLD = [
  "school",
  "size",
  "type",
  "rarity",
  "casting_time",
  "range",
  "armor_class",
  "hit_points",
  "cost",
  "damage",
];
const MOST_TOLD = 4;

export function EntryCard({ entry, onOpen }: { entry: Entry; onOpen: () => void }) {
  const fact = (name: string) => entry.facts.find(({ field }) => field === name)?.text;
  const level = fact("level");
  const challenge = fact("challenge");
  const facts = TOLD.flatMap((name) => {
    const value = fact(name);
    if (value === undefined) return [];
    // A bare figure says nothing.
    return [/^\d+$/.test(value) ? `${text.entries.fieldName(name)} ${value}` : value];
  });
  const grade = [
    level === "0" ? text.entries.cantrip : level && text.entries.level(level),
    challenge && text.entries.challenge(challenge),
  ];
  const told = [...grade, ...facts.slice(0, MOST_TOLD)].filter(Boolean).join(" · ");
  return (
    <button type="button" className="entry-card" onClick={onOpen}>
      <span className="badge badge-accent">{text.entries.kindName(entry.kind)}</span>
      <span className="entry-name" dir="auto">
        {entry.name}
      </span>
      <span className="entry-told" dir="auto">
        {told}
      </span>
    </button>
  );
}
