/** A list written as text: what is being typed stays as it is typed. */
import { useState } from "react";
import { TextAreaField, TextField } from "@/ui/field";

export interface WordsFieldProps {
  label: string;
  hint?: string;
  /** Lines of the field; without it, one line. */
  rows?: number;
  value: readonly string[];
  write: (words: readonly string[]) => string;
  read: (typed: string) => string[];
  onChange: (words: string[]) => void;
}

export function WordsField({ label, hint, rows, value, write, read, onChange }: WordsFieldProps) {
  const [typed, setTyped] = useState(() => write(value));
  const same = JSON.stringify(read(typed)) === JSON.stringify(value);
  // What was undone, or came from elsewhere, replaces what was typed.
  const shown = same ? typed : write(value);
  const take = (next: string) => {
    setTyped(next);
    onChange(read(next));
  };
  return rows ? (
    <TextAreaField label={label} hint={hint} rows={rows} value={shown} onChange={(event) => take(event.target.value)} />
  ) : (
    <TextField label={label} hint={hint} value={shown} onChange={(event) => take(event.target.value)} />
  );
}
