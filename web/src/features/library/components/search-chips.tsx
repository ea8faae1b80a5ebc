/** What was made of the words of a search; each can be switched off, and on again. */
import { text } from "@/lib/i18n";
import type { SearchChip } from "@/lib/types";

export function SearchChips({ chips, onToggle }: { chips: readonly SearchChip[]; onToggle: (key: string) => void }) {
  if (chips.length === 0) return undefined;
  return (
    <ul className="chips" aria-label={text.library.chips}>
      {chips.map((chip) => (
        <li key={chip.key}>
          <button
            type="button"
            className="search-chip"
            aria-pressed={chip.on}
            title={chip.on ? text.library.chipOff : text.library.chipOn}
            onClick={() => onToggle(chip.key)}
          >
            {text.library.chip(chip.kind, chip.typed, chip.meant.join(", "))}
          </button>
        </li>
      ))}
    </ul>
  );
}
