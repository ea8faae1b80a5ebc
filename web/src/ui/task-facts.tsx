/** What kind of task a prompt was taken for, and the tier that was chosen for it. */
import type { TaskClass } from "@/lib/types";
import { Facts } from "./facts";
import { Ticked } from "./ticked";

export interface TaskFactsProps {
  task: TaskClass | undefined;
  tier: string | undefined;
  words: TaskWords;
}

export interface TaskWords {
  tierTaken: string;
  tier: (name: string) => string;
  task: string;
  taskName: (name: string) => string;
  complexity: string;
  latencyNeed: string;
  confidence: string;
  percent: (share: number) => string;
}

export function TaskFacts({ task, tier, words }: TaskFactsProps) {
  if (!task && !tier) return undefined;
  const facts: [string, string][] = [];
  if (tier) facts.push([words.tierTaken, words.tier(tier)]);
  if (task) {
    facts.push(
      [words.task, words.taskName(task.task)],
      [words.complexity, words.percent(task.complexity)],
      [words.latencyNeed, words.percent(task.latency_need)],
      [words.confidence, words.percent(task.confidence)],
    );
  }
  return (
    <>
      <Facts facts={facts} />
      {task && task.because.length > 0 ? (
        <p className="field-hint">
          <Ticked>{task.because.join("; ")}</Ticked>
        </p>
      ) : undefined}
    </>
  );
}
