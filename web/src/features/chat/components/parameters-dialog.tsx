/** How the model is to answer: every setting with where it comes from, changed for this conversation, its persona or everywhere. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { modelLabel, modelsQuery } from "@/lib/api/models";
import { personaQuery } from "@/lib/api/personas";
import { personaParametersQuery, presetsQuery, useSetPersonaParameters } from "@/lib/api/presets";
import { settingsQuery, useChangeSettings } from "@/lib/api/settings";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { ParameterChoice, ParameterSet, Preset } from "@/lib/types";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Failure, Skeleton } from "@/ui/feedback";
import { ChoiceField } from "@/ui/field";
import { NAMES, put, taking, type Layer, type Layers, type Name } from "../parameters";
import { useLater } from "../use-later";
import { ParameterField } from "./parameter-field";
import type { ParametersButtonProps } from "./parameters-button";
import { PresetBar } from "./preset-bar";
import "../parameters.css";

export function ParametersDialog({ onClose, ...props }: ParametersButtonProps & { onClose: () => void }) {
  const { personaId } = props;
  const settings = useQuery(settingsQuery);
  const presets = useQuery(presetsQuery);
  const persona = useQuery({ ...personaParametersQuery(personaId ?? ""), enabled: personaId !== undefined });
  const loaded = settings.data && presets.data && (personaId === undefined || persona.data);
  // What is here already can be changed, even where it could not be fetched anew.
  const failed = loaded ? [] : [settings, presets, persona].filter((query) => query.isError);
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.parameters.title}
      description={text.parameters.about}
      closeLabel={text.common.close}
      side="end"
      className="parameters-dialog"
    >
      {loaded ? (
        <Settled
          {...props}
          presets={presets.data}
          account={settings.data.parameters ?? {}}
          accountWords={settings.data.system_prompt}
          persona={persona.data}
          onClose={onClose}
        />
      ) : failed[0] ? (
        <Failure
          failure={describeError(failed[0].error)}
          retryLabel={text.common.retry}
          onRetry={() => failed.forEach((query) => void query.refetch())}
        />
      ) : (
        <Skeleton lines={8} label={text.common.loading} />
      )}
    </Dialog>
  );
}

type Place = Exclude<Layer, "preset">;

interface SettledProps extends ParametersButtonProps {
  presets: readonly Preset[];
  account: ParameterSet;
  accountWords: string | undefined;
  persona: ParameterSet | undefined;
  onClose: () => void;
}

function Settled({ value, model, personaId, presets, onChange, onClose, ...begun }: SettledProps) {
  const [place, setPlace] = useState<Place>("conversation");
  const [choice, setChoice] = useState(value);
  const [account, setAccount] = useState(begun.account);
  const [persona, setPersona] = useState(begun.persona ?? {});
  const later = useLater();
  const changeSettings = useChangeSettings().mutate;
  const changePersona = useSetPersonaParameters(personaId ?? "").mutate;
  const preset = presets.find((one) => one.id === choice.preset_id);

  const choose = (next: ParameterChoice) => {
    setChoice(next);
    later("conversation", () => onChange(next));
  };
  const changeAccount = (next: ParameterSet) => {
    setAccount(next);
    later("account", () => changeSettings({ parameters: next }));
  };
  const change = (name: Name, given: ParameterSet[Name] | undefined) => {
    if (place === "conversation") choose({ ...choice, values: put(choice.values, name, given) });
    else if (place === "account") changeAccount(put(account, name, given));
    else {
      const next = put(persona, name, given);
      setPersona(next);
      later("persona", () => changePersona(next));
    }
  };
  const words = begun.accountWords?.trim() ? begun.accountWords : undefined;
  const layers: Layers = {
    account: put(account, "system_prompt", words),
    preset: preset?.values ?? {},
    persona: personaId === undefined ? {} : persona,
    conversation: choice.values,
  };
  return (
    <div className="parameters">
      <PresetBar choice={choice} presets={presets} account={account} onChoose={choose} onAccount={changeAccount} />
      <Places place={place} personaId={personaId} onPlace={setPlace} />
      <Fields layers={layers} layer={place} model={model} onChange={change} />
      {place === "account" ? (
        <p className="field-hint">
          {text.parameters.instructionsElsewhere}{" "}
          <Link to="/settings/$section" params={{ section: "general" }}>
            {text.parameters.openSettings}
          </Link>
        </p>
      ) : undefined}
      <div className="dialog-actions">
        <Button tone="primary" onClick={onClose}>
          {text.parameters.done}
        </Button>
      </div>
    </div>
  );
}

function Places({
  place,
  personaId,
  onPlace,
}: {
  place: Place;
  personaId: string | undefined;
  onPlace: (place: Place) => void;
}) {
  const { data } = useQuery({ ...personaQuery(personaId ?? ""), enabled: personaId !== undefined });
  const { places, personaNamed } = text.parameters;
  const name = data?.persona.name;
  return (
    <ChoiceField
      label={text.parameters.where}
      name="parameters-place"
      value={place}
      options={[
        { value: "conversation", label: places.conversation },
        ...(personaId === undefined ? [] : [{ value: "persona", label: name ? personaNamed(name) : places.persona }]),
        { value: "account", label: places.account },
      ]}
      onChoose={(chosen) => onPlace(chosen as Place)}
    />
  );
}

/** Those that the model takes, and behind a fold those that it does not. */
function Fields({
  layers,
  layer,
  model,
  onChange,
}: {
  layers: Layers;
  layer: Layer;
  model: string | undefined;
  onChange: (name: Name, value: ParameterSet[Name] | undefined) => void;
}) {
  const { data: models } = useQuery(modelsQuery);
  // A persona has instructions of its own, and the account's are in the settings.
  const names = NAMES.filter((name) => name !== "system_prompt" || layer === "conversation");
  const ruled = names.map((name) => ({ name, takes: taking(models, model, name) }));
  const field = (entry: (typeof ruled)[number]) => (
    <ParameterField key={`${layer}-${entry.name}`} {...entry} layers={layers} layer={layer} onChange={onChange} />
  );
  const refused = ruled.filter((entry) => entry.takes.by === "none");
  return (
    <>
      <div className="parameter-fields">{ruled.filter((entry) => entry.takes.by !== "none").map(field)}</div>
      {refused.length > 0 ? (
        <details className="parameters-refused">
          <summary>
            <bdi>{modelLabel(models, model)}</bdi>: {text.parameters.notTaken(refused.length)}
          </summary>
          <div className="parameter-fields">{refused.map(field)}</div>
        </details>
      ) : undefined}
    </>
  );
}
