/** The form of a persona, in parts: who, how they talk, what they say, what they know, and the card. */
import { Plus, Trash2 } from "lucide-react";
import { text } from "@/lib/i18n";
import type { KeptPersona, PersonaFinding } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { SelectField, TextAreaField, TextField } from "@/ui/field";
import { Tabs } from "@/ui/tabs";
import { listOf, type Draft } from "../model";
import { ChecksPanel } from "./checks-panel";
import { FeelingsPanel } from "./feelings-panel";
import { LoreEditor } from "./lore-editor";
import { PictureField } from "./picture-field";
import { StyleSliders } from "./style-sliders";
import { TraitList } from "./trait-list";
import { WordsField } from "./words-field";

export type OnChange = (change: Partial<Draft>, field: string) => void;

export interface PersonaFormProps {
  kept: KeptPersona;
  version: number;
  draft: Draft;
  findings: readonly PersonaFinding[];
  onChange: OnChange;
  /** Says what the server has now, after something was kept beside the form. */
  onKept: (kept: KeptPersona) => void;
}

interface Part {
  draft: Draft;
  findings: readonly PersonaFinding[];
  onChange: OnChange;
}

const { fields, sections } = text.personas;

export function PersonaForm({ kept, version, draft, findings, onChange, onKept }: PersonaFormProps) {
  const part = { draft, findings, onChange };
  return (
    <Tabs
      label={text.personas.title}
      views={[
        {
          id: "identity",
          label: sections.identity,
          content: (
            <div className="persona-fields">
              <PictureField kept={kept} version={version} name={draft.name} onKept={onKept} />
              <Identity {...part} />
            </div>
          ),
        },
        {
          id: "voice",
          label: sections.voice,
          content: (
            <div className="persona-fields">
              <TraitList draft={draft} onChange={onChange} />
              <StyleSliders draft={draft} onChange={onChange} />
            </div>
          ),
        },
        { id: "talk", label: sections.talk, content: <Talk {...part} /> },
        { id: "lore", label: sections.lore, content: <LoreEditor draft={draft} onChange={onChange} /> },
        { id: "more", label: sections.more, content: <More {...part} /> },
        ...(draft.kind === "user" ? [] : ofCharacters(kept.id, draft)),
      ]}
    />
  );
}

/** What only those have whom a model plays. */
function ofCharacters(id: string, draft: Draft) {
  return [
    { id: "feelings", label: text.feelings.tab, content: <FeelingsPanel id={id} name={draft.name} /> },
    { id: "check", label: text.checks.tab, content: <ChecksPanel id={id} model={draft.model ?? undefined} /> },
  ];
}

/** What keeps the field from being saved. */
function errorOf(findings: readonly PersonaFinding[], field: string): string | undefined {
  return findings.find((finding) => finding.weight === "error" && finding.field === field)?.message;
}

function Identity({ draft, findings, onChange }: Part) {
  return (
    <>
      <SelectField
        label={fields.kind}
        value={draft.kind}
        options={[
          { value: "character", label: fields.kindCharacter },
          { value: "user", label: fields.kindUser },
        ]}
        onChange={(event) => onChange({ kind: event.target.value }, "kind")}
      />
      <div className="persona-pair">
        <TextField
          label={fields.name}
          value={draft.name}
          error={errorOf(findings, "name")}
          onChange={(event) => onChange({ name: event.target.value }, "name")}
        />
        <TextField
          label={fields.nickname}
          hint={fields.nicknameHint}
          value={draft.nickname ?? ""}
          onChange={(event) => onChange({ nickname: event.target.value || null }, "nickname")}
        />
      </div>
      <TextAreaField
        label={fields.description}
        hint={fields.descriptionHint}
        error={errorOf(findings, "description")}
        rows={7}
        value={draft.description}
        onChange={(event) => onChange({ description: event.target.value }, "description")}
      />
      <TextField
        label={fields.personality}
        value={draft.personality}
        onChange={(event) => onChange({ personality: event.target.value }, "personality")}
      />
      <TextAreaField
        label={fields.backstory}
        rows={5}
        value={draft.backstory}
        onChange={(event) => onChange({ backstory: event.target.value }, "backstory")}
      />
      <TextAreaField
        label={fields.scenario}
        rows={2}
        value={draft.scenario}
        onChange={(event) => onChange({ scenario: event.target.value }, "scenario")}
      />
      {(["goals", "knowledge", "boundaries"] as const).map((field) => (
        <WordsField
          key={field}
          label={fields[field]}
          rows={3}
          value={draft[field]}
          write={(words) => words.join("\n")}
          read={(words) => words.split("\n").filter((line) => line.trim() !== "")}
          onChange={(words) => onChange({ [field]: words }, field)}
        />
      ))}
    </>
  );
}

function Talk({ draft, onChange }: Part) {
  const others = draft.alternate_greetings;
  const set = (alternate_greetings: string[], field: string) => onChange({ alternate_greetings }, field);
  return (
    <div className="persona-fields">
      <TextAreaField
        label={fields.greeting}
        rows={4}
        value={draft.greeting}
        onChange={(event) => onChange({ greeting: event.target.value }, "greeting")}
      />
      {others.map((greeting, index) => (
        // A greeting has nothing but its place.
        // oxlint-disable-next-line no-array-index-key
        <div key={index} className="persona-with-button">
          <TextAreaField
            label={fields.alternate(index + 1)}
            rows={3}
            value={greeting}
            onChange={(event) => set(others.with(index, event.target.value), `greeting-${index}`)}
          />
          <IconButton
            icon={Trash2}
            label={fields.removeGreeting(index + 1)}
            size="small"
            onClick={() => set(others.toSpliced(index, 1), `greeting-remove-${others.length}`)}
          />
        </div>
      ))}
      <Button icon={Plus} onClick={() => set([...others, ""], `greeting-add-${others.length}`)}>
        {fields.addGreeting}
      </Button>
      <TextAreaField
        label={fields.examples}
        hint={fields.examplesHint}
        rows={7}
        value={draft.examples}
        onChange={(event) => onChange({ examples: event.target.value }, "examples")}
      />
      <TextAreaField
        label={fields.system}
        hint={fields.systemHint}
        rows={3}
        value={draft.system_prompt}
        onChange={(event) => onChange({ system_prompt: event.target.value }, "system_prompt")}
      />
      <TextAreaField
        label={fields.postHistory}
        rows={2}
        value={draft.post_history_instructions}
        onChange={(event) => onChange({ post_history_instructions: event.target.value }, "post_history_instructions")}
      />
    </div>
  );
}

function More({ draft, onChange }: Part) {
  return (
    <div className="persona-fields">
      <WordsField
        label={fields.tags}
        value={draft.tags}
        write={(words) => words.join(", ")}
        read={listOf}
        onChange={(tags) => onChange({ tags }, "tags")}
      />
      <div className="persona-pair">
        <TextField
          label={fields.creator}
          value={draft.creator}
          onChange={(event) => onChange({ creator: event.target.value }, "creator")}
        />
        <TextField
          label={fields.characterVersion}
          value={draft.character_version}
          onChange={(event) => onChange({ character_version: event.target.value }, "character_version")}
        />
      </div>
      <TextAreaField
        label={fields.creatorNotes}
        hint={fields.creatorNotesHint}
        rows={4}
        value={draft.creator_notes}
        onChange={(event) => onChange({ creator_notes: event.target.value }, "creator_notes")}
      />
      <div className="persona-pair">
        <TextField
          label={fields.model}
          value={draft.model ?? ""}
          onChange={(event) => onChange({ model: event.target.value || null }, "model")}
        />
        <TextField
          label={fields.voice}
          value={draft.voice ?? ""}
          onChange={(event) => onChange({ voice: event.target.value || null }, "voice")}
        />
      </div>
    </div>
  );
}
