/** A persona's picture, or the beginning of its name. */
import { pictureAddress } from "@/lib/api/personas";
import type { PersonaSummary } from "@/lib/types";

export function PersonaPicture({ persona }: { persona: Pick<PersonaSummary, "id" | "picture" | "name"> }) {
  const address = pictureAddress(persona);
  return (
    <span className="persona-picture" aria-hidden>
      {address ? (
        <img src={address} alt="" loading="lazy" decoding="async" />
      ) : (
        <span className="persona-initial">{[...persona.name.trim()][0] ?? "?"}</span>
      )}
    </span>
  );
}
