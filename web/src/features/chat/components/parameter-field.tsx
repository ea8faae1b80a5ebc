/** One setting: what is set in the layer that is changed, what holds, where that comes from, and whether the model gets it. */
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { text } from "@/lib/i18n";
import type { ParameterSet } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { SelectField, TextAreaField, TextField } from "@/ui/field";
import { figure, heldWords, nameOf, originWords, valueWords } from "../parameter-words";
import {
  EFFORTS,
  held,
  inherited,
  NUMBERS,
  readNumber,
  readStops,
  STOPS,
  unsent,
  writeStops,
  type Layer,
  type Layers,
  type Name,
  type NumberName,
  type Taking,
} from "../parameters";

export interface ParameterFieldProps {
  name: Name;
  /** All layers, as they are changed. */
  layers: Layers;
  /** The one that is changed. */
  layer: Layer;
  takes: Taking;
  onChange: (name: Name, value: ParameterSet[Name] | undefined) => void;
}

export function ParameterField(props: ParameterFieldProps) {
  const { name, layers, layer, onChange } = props;
  const own = layers[layer]?.[name];
  const isSet = own !== undefined && own !== null;
  return (
    <div className="parameter" data-set={isSet || undefined}>
      <Control {...props} />
      {isSet ? (
        <IconButton
          icon={RotateCcw}
          size="small"
          className="parameter-reset"
          label={text.parameters.reset(nameOf(name))}
          onClick={() => onChange(name, undefined)}
        />
      ) : undefined}
    </div>
  );
}

function Control(props: ParameterFieldProps) {
  const { name } = props;
  if (isNumber(name)) return <NumberControl {...props} name={name} />;
  if (name === "stop") return <StopControl {...props} />;
  return name === "reasoning_effort" ? <EffortControl {...props} /> : <WordsControl {...props} />;
}

const isNumber = (name: Name): name is NumberName => (NUMBERS as readonly string[]).includes(name);

/** What a person should know: what it does, what holds, and whether it is sent. */
function Hint({ name, layers, layer, takes }: ParameterFieldProps) {
  const now = held(layers, name);
  const inner = now.origin !== undefined && now.origin !== layer && held(layers, name, layer).origin === layer;
  const why = now.origin === undefined ? undefined : unsent(takes, name, layers);
  return (
    <>
      <span>{text.parameters.hints[name]}</span>
      {now.origin === undefined ? undefined : (
        <span className="parameter-holds">
          {inner
            ? text.parameters.setFurtherIn(valueWords(name, now.value), originWords(now.origin))
            : heldWords(name, now)}
        </span>
      )}
      {why ? (
        <span className="parameter-unsent">{text.parameters.unsent[why]}</span>
      ) : (
        <Limit {...{ name, takes, now }} />
      )}
    </>
  );
}

function Limit({ name, takes, now }: { name: Name; takes: Taking; now: { value: ParameterSet[Name] | undefined } }) {
  if (now.value === undefined || now.value === null) return undefined;
  if (takes.by === "some") return <span className="parameter-unsent">{text.parameters.partly}</span>;
  const { value } = now;
  if (typeof value !== "number" || name === "seed") return undefined;
  const sent = Math.max(takes.min ?? value, Math.min(takes.max ?? value, value));
  return sent === value ? undefined : <span className="parameter-unsent">{text.parameters.sentAs(figure(sent))}</span>;
}

/** What is typed stays as it is typed until somebody else changes the value. */
function useTyped(shown: string): [string, (typed: string, means: string) => void] {
  const [state, setState] = useState({ of: shown, typed: shown });
  if (state.of !== shown) setState({ of: shown, typed: shown });
  return [state.of === shown ? state.typed : shown, (typed, means) => setState({ of: means, typed })];
}

function NumberControl(props: ParameterFieldProps & { name: NumberName }) {
  const { name, layers, layer, onChange } = props;
  const own = layers[layer]?.[name];
  const shown = typeof own === "number" ? figure(own) : "";
  const [typed, setTyped] = useTyped(shown);
  const read = readNumber(name, typed);
  const before = inherited(layers, name, layer);
  return (
    <TextField
      label={nameOf(name)}
      inputMode={name === "seed" || name.endsWith("penalty") ? "text" : "decimal"}
      className="numeric"
      value={typed}
      placeholder={before.origin === undefined ? text.parameters.providers : valueWords(name, before.value)}
      hint={<Hint {...props} />}
      error={"problem" in read ? problemWords(read) : undefined}
      onChange={(event) => {
        const next = readNumber(name, event.target.value);
        const means = "problem" in next ? shown : next.value === undefined ? "" : figure(next.value);
        setTyped(event.target.value, means);
        if (!("problem" in next)) onChange(name, next.value);
      }}
    />
  );
}

function problemWords({
  problem,
  min,
  max,
}: {
  problem: "number" | "whole" | "bounds";
  min: number;
  max: number;
}): string {
  const { problems } = text.parameters;
  return problem === "bounds" ? problems.bounds(figure(min), figure(max)) : problems[problem];
}

function StopControl(props: ParameterFieldProps) {
  const { layers, layer, onChange } = props;
  const own = layers[layer]?.stop;
  const shown = writeStops(own);
  const [typed, setTyped] = useTyped(shown);
  const read = readStops(typed);
  const { problems } = text.parameters;
  const error =
    "value" in read
      ? undefined
      : read.problem === "count"
        ? problems.count(STOPS.count)
        : problems.length(STOPS.length);
  const before = inherited(layers, "stop", layer);
  const none = own !== undefined && own !== null && own.length === 0;
  return (
    <TextAreaField
      label={nameOf("stop")}
      rows={Math.min(6, Math.max(2, typed.split("\n").length))}
      value={typed}
      placeholder={none || before.origin === undefined ? text.parameters.noStops : writeStops(before.value as string[])}
      hint={<Hint {...props} />}
      error={error}
      onChange={(event) => {
        const next = readStops(event.target.value);
        const valid = "value" in next;
        setTyped(event.target.value, valid ? writeStops(next.value) : shown);
        // Where nothing is inherited, nothing needs to be taken away.
        if (valid) onChange("stop", next.value.length === 0 && before.origin === undefined ? undefined : next.value);
      }}
    />
  );
}

function EffortControl(props: ParameterFieldProps) {
  const { layers, layer, takes, onChange } = props;
  const own = layers[layer]?.reasoning_effort ?? "";
  const before = inherited(layers, "reasoning_effort", layer);
  const inherit =
    before.origin === undefined
      ? text.parameters.providers
      : `${text.parameters.inherit}: ${valueWords("reasoning_effort", before.value)}`;
  const offered = EFFORTS.filter(
    (level) => takes.efforts.length === 0 || takes.efforts.includes(level) || level === own,
  );
  return (
    <SelectField
      label={nameOf("reasoning_effort")}
      value={own}
      hint={<Hint {...props} />}
      options={[
        { value: "", label: inherit },
        ...offered.map((level) => ({ value: level, label: text.parameters.efforts[level] })),
      ]}
      onChange={(event) => onChange("reasoning_effort", event.target.value === "" ? undefined : event.target.value)}
    />
  );
}

function WordsControl(props: ParameterFieldProps) {
  const { layers, layer, onChange } = props;
  const before = inherited(layers, "system_prompt", layer);
  return (
    <TextAreaField
      label={nameOf("system_prompt")}
      rows={3}
      dir="auto"
      value={layers[layer]?.system_prompt ?? ""}
      placeholder={valueWords("system_prompt", before.value)}
      hint={<Hint {...props} />}
      onChange={(event) => onChange("system_prompt", event.target.value.trim() === "" ? undefined : event.target.value)}
    />
  );
}
