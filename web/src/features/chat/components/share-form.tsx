/** What is chosen of a link: what is in the copy, until when, and behind which password. */
import { useState } from "react";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Share, ShareShown } from "@/lib/types";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/feedback";
import { SelectField, Switch, TextField } from "@/ui/field";
import { choiceOf, dayOf, ENDS, NOTHING, type End, type ShareChoice } from "../share-form";

export interface ShareFormProps {
  /** The one to change; missing for a new one. */
  share: Share | undefined;
  busy: boolean;
  error: Error | undefined;
  submitLabel: string;
  onSubmit: (choice: ShareChoice) => void;
  onCancel: () => void;
}

export function ShareForm({ share, busy, error, submitLabel, onSubmit, onCancel }: ShareFormProps) {
  const [choice, setChoice] = useState(() => choiceOf(share));
  const [today] = useState(() => dayOf(new Date()));
  const set = (change: Partial<ShareChoice>) => setChoice((before) => ({ ...before, ...change }));
  const ends: readonly End[] = share ? ["keep", ...ENDS] : ENDS;
  const passwordHint = share
    ? share.has_password
      ? text.shares.passwordKept
      : text.shares.passwordNone
    : text.shares.passwordHint;
  return (
    <form
      className="form"
      aria-label={submitLabel}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(choice);
      }}
    >
      <fieldset className="field share-contents">
        <legend className="field-label">{text.shares.contents}</legend>
        {(Object.keys(NOTHING) as (keyof ShareShown)[]).map((name) => (
          <Switch
            key={name}
            label={text.shares.shown[name]}
            checked={choice.shown[name]}
            onChange={(on) => set({ shown: { ...choice.shown, [name]: on } })}
          />
        ))}
        <p className="field-hint">{share ? text.shares.contentsHint : text.shares.never}</p>
      </fieldset>
      <SelectField
        label={text.shares.end}
        options={ends.map((value) => ({ value, label: text.shares.ends[value] }))}
        value={choice.end}
        onChange={(event) => set({ end: event.target.value as End })}
      />
      {choice.end === "date" ? (
        <TextField
          label={text.shares.date}
          type="date"
          required
          min={today}
          value={choice.date}
          onChange={(event) => set({ date: event.target.value })}
        />
      ) : undefined}
      <TextField
        label={text.shares.password}
        hint={passwordHint}
        type="password"
        autoComplete="new-password"
        minLength={8}
        value={choice.password}
        onChange={(event) => set({ password: event.target.value })}
      />
      {error ? (
        <Notice tone="danger" live title={describeError(error).message} hint={describeError(error).hint} />
      ) : undefined}
      <div className="dialog-actions">
        <Button tone="quiet" onClick={onCancel}>
          {text.common.cancel}
        </Button>
        <Button tone="primary" type="submit" busy={busy}>
          {submitLabel}
        </Button>
      </div>
    </form>
  );
}
