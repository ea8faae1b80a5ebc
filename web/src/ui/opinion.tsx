/** Thumbs for an answer, and a small form for those who want to say more. */
import { SlidersHorizontal, ThumbsDown, ThumbsUp } from "lucide-react";
import { useState } from "react";
import type { PutFeedback } from "@/lib/types";
import { Button, IconButton } from "./button";
import { SelectField, TextField } from "./field";
import { Popover } from "./popover";

type Mark = "quality" | "speed" | "cost" | "usefulness";
const MARKS: readonly Mark[] = ["quality", "speed", "cost", "usefulness"];

export interface OpinionWords extends Record<Mark, string> {
  thumbs: string;
  up: string;
  down: string;
  marks: string;
  preferredProvider: string;
  notSaid: string;
  mark: (mark: number) => string;
  save: string;
}

export interface OpinionProps {
  exchangeId: string;
  /** What was said before. */
  said: PutFeedback | undefined;
  /** Providers that could have answered. */
  providers: readonly string[];
  busy: boolean;
  words: OpinionWords;
  onSay: (said: PutFeedback) => void;
}

export function Opinion({ exchangeId, said, providers, busy, words, onSay }: OpinionProps) {
  const [open, setOpen] = useState(false);
  const before: PutFeedback = { ...said, exchange_id: exchangeId };
  const thumb = (way: "up" | "down") => {
    const { thumb: _, ...rest } = before;
    // The same thumb again takes it back.
    onSay(said?.thumb === way ? rest : { ...rest, thumb: way });
  };
  return (
    <div className="opinion" role="group" aria-label={words.thumbs}>
      <IconButton
        icon={ThumbsUp}
        label={words.up}
        size="small"
        disabled={busy}
        aria-pressed={said?.thumb === "up"}
        onClick={() => thumb("up")}
      />
      <IconButton
        icon={ThumbsDown}
        label={words.down}
        size="small"
        disabled={busy}
        aria-pressed={said?.thumb === "down"}
        onClick={() => thumb("down")}
      />
      <Popover
        label={words.marks}
        open={open}
        onOpenChange={setOpen}
        className="opinion-popover"
        trigger={<IconButton icon={SlidersHorizontal} label={words.marks} size="small" disabled={busy} />}
      >
        <MarksForm
          key={open ? "open" : "closed"}
          before={before}
          providers={providers}
          words={words}
          onSay={(next) => {
            setOpen(false);
            onSay(next);
          }}
        />
      </Popover>
    </div>
  );
}

interface MarksFormProps {
  before: PutFeedback;
  providers: readonly string[];
  words: OpinionWords;
  onSay: (said: PutFeedback) => void;
}

function MarksForm({ before, providers, words, onSay }: MarksFormProps) {
  const [draft, setDraft] = useState(before);
  const choices = [0, 1, 2, 3, 4, 5].map((mark) => ({
    value: String(mark),
    label: mark === 0 ? words.notSaid : words.mark(mark),
  }));
  return (
    <form
      className="form opinion-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSay(draft);
      }}
    >
      {MARKS.map((mark) => (
        <SelectField
          key={mark}
          label={words[mark]}
          options={choices}
          value={String(draft[mark] ?? 0)}
          onChange={(event) => setDraft({ ...draft, [mark]: Number(event.target.value) || null })}
        />
      ))}
      {providers.length > 1 ? (
        <SelectField
          label={words.preferredProvider}
          options={[
            { value: "", label: words.notSaid },
            ...providers.map((provider) => ({ value: provider, label: provider })),
          ]}
          value={draft.preferred_provider ?? ""}
          onChange={(event) => setDraft({ ...draft, preferred_provider: event.target.value || null })}
        />
      ) : (
        <TextField
          label={words.preferredProvider}
          value={draft.preferred_provider ?? ""}
          onChange={(event) => setDraft({ ...draft, preferred_provider: event.target.value || null })}
        />
      )}
      <Button tone="primary" type="submit">
        {words.save}
      </Button>
    </form>
  );
}
