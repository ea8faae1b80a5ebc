/** What is to be known of a link at a glance: how much is in the copy, from when, until when, and how often it was opened. */
import { useState } from "react";
import { formatWhen } from "@/lib/format";
import { text } from "@/lib/i18n";
import type { Share } from "@/lib/types";

export function ShareFacts({ share }: { share: Share }) {
  const [now] = useState(() => Date.now());
  const facts = [
    text.shares.messages(share.messages),
    text.shares.copied(formatWhen(share.updated_at)),
    ending(share.expires_at, now),
    share.has_password ? text.shares.locked : "",
    text.shares.views(share.views),
  ];
  return <p className="field-hint numeric">{facts.filter(Boolean).join(" · ")}</p>;
}

function ending(at: string | null | undefined, now: number): string {
  if (!at) return text.shares.endless;
  return Date.parse(at) > now ? text.shares.endsAt(formatWhen(at)) : text.shares.ended(formatWhen(at));
}
