/** Which of two answers to the question is better. */
import { useState } from "react";
import { text } from "@/lib/i18n";
import type { CompareDetail } from "@/lib/types";
import { Button } from "@/ui/button";
import { SelectField } from "@/ui/field";
import { useVote } from "../api";
import { saidTo, voteBetween } from "../model";

export function VoteBar({ detail, turnId }: { detail: CompareDetail; turnId: string }) {
  const [pair, setPair] = useState<readonly [number, number]>([0, 1]);
  const vote = useVote(detail.head.id);
  const said = saidTo(detail, turnId).filter(([, answer]) => answer.status !== "streaming");
  const [left, right] = [said[pair[0]] ?? said[0], said[pair[1]] ?? said[1]];
  if (!left || !right) return undefined;
  const cast = voteBetween(detail.votes, left[1].id, right[1].id);
  const words: Record<string, string> = {
    left: text.compare.better(left[0].name),
    right: text.compare.better(right[0].name),
    tie: text.compare.tie,
    both_bad: text.compare.bothBad,
  };
  const options = said.map(([column], place) => ({ value: String(place), label: column.name }));
  const choose = (side: 0 | 1, value: string) => {
    const place = Number(value);
    const other = pair[side === 0 ? 1 : 0] === place ? pair[side] : pair[side === 0 ? 1 : 0];
    setPair(side === 0 ? [place, other] : [other, place]);
  };
  return (
    <section className="compare-vote" aria-label={text.compare.vote}>
      <h2 className="compare-vote-title">{text.compare.vote}</h2>
      {said.length > 2 ? (
        <>
          <SelectField
            label={text.compare.voteLeft}
            options={options}
            value={pair[0]}
            onChange={(event) => choose(0, event.target.value)}
          />
          <SelectField
            label={text.compare.voteRight}
            options={options}
            value={pair[1]}
            onChange={(event) => choose(1, event.target.value)}
          />
        </>
      ) : undefined}
      <div className="compare-vote-buttons">
        {Object.entries(words).map(([better, label]) => (
          <Button
            key={better}
            aria-pressed={cast?.better === better}
            tone={cast?.better === better ? "primary" : "plain"}
            disabled={vote.isPending}
            onClick={() => vote.mutate({ left_id: left[1].id, right_id: right[1].id, better })}
          >
            {label}
          </Button>
        ))}
      </div>
      <p className="field-hint" role="status">
        {cast ? text.compare.youSaid(words[cast.better] ?? cast.better) : ""}{" "}
        {cast?.void ? text.compare.voteVoid(cast.void) : ""}{" "}
        {cast && detail.head.mode === "revealed" ? text.compare.revealedBy : ""}
      </p>
    </section>
  );
}
