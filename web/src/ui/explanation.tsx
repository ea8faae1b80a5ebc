/** A decision of the router for people: the sentence, and every candidate with what spoke for and against it. */
import { Check, CircleSlash, CornerDownRight } from "lucide-react";
import type { RouteCandidate, RouteExplanation } from "@/lib/types";
import { classNames } from "./class-names";
import { Badge } from "./feedback";
import { Meter } from "./meter";
import { TaskFacts, type TaskWords } from "./task-facts";
import { Ticked } from "./ticked";

export interface ExplanationWords extends TaskWords {
  strategy: (name: string) => string;
  factor: (name: string) => string;
  factorValue: (name: string, value: number) => string;
  score: (score: number) => string;
  candidates: string;
  chosen: string;
  answered: string;
  decidedBy: string;
  context: string;
  degraded: string;
}

export interface ExplanationProps {
  explained: RouteExplanation;
  /** Whether it has happened, or only would. */
  past: boolean;
  words: ExplanationWords;
}

export function Explanation({ explained, past, words }: ExplanationProps) {
  return (
    <div className="explanation">
      <p className="explanation-sentence" data-testid="sentence">
        <Ticked>{explained.sentence}</Ticked>
      </p>
      {explained.strategy ? (
        <p className="field-hint">
          {words.decidedBy}: {words.strategy(explained.strategy)}
        </p>
      ) : undefined}
      <TaskFacts task={explained.task ?? undefined} tier={explained.tier ?? undefined} words={words} />
      <Remarks title={words.context} remarks={explained.context ?? []} />
      <Remarks title={words.degraded} remarks={explained.degraded} />
      {explained.candidates.length > 0 ? (
        <ol className="candidates" aria-label={words.candidates}>
          {explained.candidates.map((candidate) => (
            <Candidate
              key={`${candidate.tier ?? ""} ${candidate.deployment}`}
              candidate={candidate}
              state={stateOf(candidate, explained)}
              answer={past ? words.answered : words.chosen}
              words={words}
            />
          ))}
        </ol>
      ) : undefined}
    </div>
  );
}

type State = "chosen" | "skipped" | "next";

/** Who was not chosen and has something to its name was left out or failed; the others stood by. */
function stateOf(candidate: RouteCandidate, explained: RouteExplanation): State {
  if (candidate.deployment === explained.chosen) return "chosen";
  return candidate.notes.length > 0 ? "skipped" : "next";
}

const FACTORS = ["cost", "speed", "quality", "reliability", "load"] as const;
const ICONS = { chosen: Check, skipped: CircleSlash, next: CornerDownRight } as const;

interface CandidateProps {
  candidate: RouteCandidate;
  state: State;
  answer: string;
  words: ExplanationWords;
}

function Candidate({ candidate, state, answer, words }: CandidateProps) {
  const Icon = ICONS[state];
  const given = candidate.factors;
  const factors: (readonly [string, number])[] = given ? FACTORS.map((name) => [name, given[name]] as const) : [];
  // Only where somebody has said what they think of it.
  if (typeof given?.preference === "number") factors.push(["preference", given.preference]);
  return (
    <li className={classNames("candidate", `candidate-${state}`)} data-state={state}>
      <div className="candidate-head">
        <Icon size={16} aria-hidden />
        <span className="candidate-name">{candidate.deployment}</span>
        {state === "chosen" ? <Badge tone="accent">{answer}</Badge> : undefined}
        {candidate.tier ? <Badge>{words.tier(candidate.tier)}</Badge> : undefined}
        {typeof candidate.score !== "number" ? undefined : (
          <span className="candidate-score numeric">{words.score(candidate.score)}</span>
        )}
      </div>
      {factors.length > 0 ? (
        <ul className="factors">
          {factors.map(([name, value]) => (
            <li key={name} className="factor">
              <span className="factor-name" aria-hidden>
                {words.factor(name)}
              </span>
              <Meter
                size="small"
                label={words.factor(name)}
                value={value}
                valueText={words.factorValue(words.factor(name), value)}
              />
            </li>
          ))}
        </ul>
      ) : undefined}
      {candidate.notes.length > 0 ? (
        <ul className="candidate-notes">
          {candidate.notes.map((note) => (
            <li key={note}>
              <Ticked>{note}</Ticked>
            </li>
          ))}
        </ul>
      ) : undefined}
    </li>
  );
}

function Remarks({ title, remarks }: { title: string; remarks: readonly string[] }) {
  if (remarks.length === 0) return undefined;
  return (
    <p className="field-hint">
      <Ticked>{`${title}: ${remarks.join("; ")}`}</Ticked>
    </p>
  );
}
