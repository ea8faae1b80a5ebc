/** What was made of the words of a search; each can be switched off, and on again, and what is proposed be added. */
import { text } from "@/lib/i18n";
import type { SearchChip } from "@/lib/types";
import { isProposed } from "../chip-switches";

export interface SearchChipsProps {
  chips: readonly SearchChip[];
  onToggle: (chip: SearchChip) => void;
}

function hint(chip: SearchChip): string {
  if (chip.on) return text.library.chipOff;
  return isProposed(chip) ? text.library.chipAdd : text.library.chipOn;
}

export function SearchChips({ chips, onToggle }: SearchChipsProps) {
  if (chips.length === 0) return undefined;
  return (
    <ul className="chips" aria-label={text.library.chips}>
      {chips.map((chip) => (
        <li key={chip.key}>
          <button
            type="button"
            className="search-chip"
            aria-pressed={chip.on}
            title={hint(chip)}
            onClick={() => onToggle(chip)}
          >
            {text.library.chip(chip.kind, chip.typed, chip.meant.join(", "))}
          </button>
        </li>
      ))}
    </ul>
  );
}
