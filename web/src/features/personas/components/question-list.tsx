/** The questions of a persona's check: those of the card, or a person's own. */
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { text } from "@/lib/i18n";
import type { PersonaQuestion } from "@/lib/types";
import { Button } from "@/ui/button";
import { SelectField, Switch, TextAreaField, TextField } from "@/ui/field";
import { showToast } from "@/ui/toast";
import { listOf } from "../model";
import { questionsQuery, useSetQuestions } from "../people";
import { WordsField } from "./words-field";

const words = text.checks;
const ASPECTS = Object.entries(words.aspects)
  .filter(([value]) => value !== "style")
  .map(([value, label]) => ({ value, label }));
const NEW: PersonaQuestion = {
  aspect: "knowledge",
  ask: "",
  expected: "",
  says: [],
  enough: 1,
  avoids: [],
  refuses: false,
};

export function QuestionList({ id }: { id: string }) {
  const { data } = useQuery(questionsQuery(id));
  const [draft, setDraft] = useState<PersonaQuestion[]>();
  const save = useSetQuestions(id);
  if (!data) return undefined;
  const questions = draft ?? data.questions;
  const keep = (wanted: PersonaQuestion[]) =>
    save.mutate(wanted, {
      onSuccess: () => {
        setDraft(undefined);
        showToast({ text: words.saved });
      },
    });
  return (
    <details className="checks-questions">
      <summary>
        {words.questions} ({questions.length})
      </summary>
      <p className="field-hint">{data.own ? words.questionsOwn : words.questionsMade}</p>
      <ol className="checks-answers">
        {questions.map((question, index) => (
          // A question has nothing but its place.
          // oxlint-disable-next-line no-array-index-key
          <li key={index}>
            <Question
              number={index + 1}
              question={question}
              onChange={(change) => setDraft(questions.with(index, { ...question, ...change }))}
              onRemove={() => setDraft(questions.toSpliced(index, 1))}
            />
          </li>
        ))}
      </ol>
      <div className="persona-buttons">
        <Button icon={Plus} onClick={() => setDraft([...questions, NEW])}>
          {words.add}
        </Button>
        <Button
          tone="primary"
          disabled={draft === undefined || draft.length === 0}
          busy={save.isPending}
          onClick={() => keep(questions)}
        >
          {words.save}
        </Button>
        {data.own ? (
          <Button disabled={save.isPending} onClick={() => keep([])}>
            {words.back}
          </Button>
        ) : undefined}
      </div>
    </details>
  );
}

function Question({
  number,
  question,
  onChange,
  onRemove,
}: {
  number: number;
  question: PersonaQuestion;
  onChange: (change: Partial<PersonaQuestion>) => void;
  onRemove: () => void;
}) {
  return (
    <details className="lore-entry">
      <summary>{question.ask || words.question(number)}</summary>
      <div className="persona-fields">
        <TextAreaField
          label={words.question(number)}
          rows={2}
          value={question.ask}
          onChange={(event) => onChange({ ask: event.target.value })}
        />
        <SelectField
          label={words.about}
          options={ASPECTS}
          value={question.aspect}
          onChange={(event) => onChange({ aspect: event.target.value })}
        />
        <TextField
          label={words.wanted}
          value={question.expected}
          onChange={(event) => onChange({ expected: event.target.value })}
        />
        <div className="persona-pair">
          <WordsField
            label={words.says}
            value={question.says}
            write={(list) => list.join(", ")}
            read={listOf}
            onChange={(says) => onChange({ says })}
          />
          <WordsField
            label={words.avoids}
            value={question.avoids}
            write={(list) => list.join(", ")}
            read={listOf}
            onChange={(avoids) => onChange({ avoids })}
          />
        </div>
        <TextField
          label={words.enough}
          type="number"
          min={0}
          max={40}
          value={question.enough}
          onChange={(event) => onChange({ enough: Math.max(0, Math.round(event.target.valueAsNumber) || 0) })}
        />
        <Switch label={words.refuses} checked={question.refuses} onChange={(refuses) => onChange({ refuses })} />
        <Button icon={Trash2} onClick={onRemove}>
          {words.remove(number)}
        </Button>
      </div>
    </details>
  );
}
