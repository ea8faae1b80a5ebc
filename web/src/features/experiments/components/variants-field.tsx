/** What is compared: a name, a share and a change for each. */
import { Plus, X } from "lucide-react";
import { useId } from "react";
import { text } from "@/lib/i18n";
import { BALANCERS, STRATEGIES } from "@/lib/strategies";
import { Button, IconButton } from "@/ui/button";
import { SelectField, TextAreaField, TextField } from "@/ui/field";
import { MOST_VARIANTS, nextName, variantDraft, type Draft, type VariantDraft } from "../draft";

export interface VariantsFieldProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  error: string | undefined;
}

export function VariantsField({ draft, onChange, error }: VariantsFieldProps) {
  const id = useId();
  const { variants } = draft;
  const change = (key: number, part: Partial<VariantDraft>) =>
    onChange({ variants: variants.map((variant) => (variant.key === key ? { ...variant, ...part } : variant)) });
  return (
    <fieldset className="field" aria-describedby={`${id}-hint`}>
      <legend className="field-label">{text.experiments.variants}</legend>
      <p id={`${id}-hint`} className="field-hint">
        {text.experiments.variantsHint}
      </p>
      <ol className="variant-list">
        {variants.map((variant, index) => (
          <li key={variant.key} className="variant">
            <div className="form-row">
              <TextField
                label={text.experiments.variantName(index + 1)}
                value={variant.name}
                maxLength={40}
                onChange={(event) => change(variant.key, { name: event.target.value })}
              />
              <TextField
                label={text.experiments.variantShare(index + 1)}
                type="number"
                min={0}
                step="any"
                value={Number.isNaN(variant.share) ? "" : variant.share}
                onChange={(event) => change(variant.key, { share: event.target.valueAsNumber })}
              />
              {variants.length > 2 ? (
                <IconButton
                  icon={X}
                  size="small"
                  label={text.experiments.removeVariant(variant.name)}
                  onClick={() => onChange({ variants: variants.filter(({ key }) => key !== variant.key) })}
                />
              ) : undefined}
            </div>
            <ChangeFields
              kind={draft.kind}
              variant={variant}
              number={index + 1}
              onChange={(part) => change(variant.key, part)}
            />
          </li>
        ))}
      </ol>
      {variants.length < MOST_VARIANTS ? (
        <div>
          <Button icon={Plus} onClick={() => onChange({ variants: [...variants, variantDraft(nextName(variants))] })}>
            {text.experiments.addVariant}
          </Button>
        </div>
      ) : undefined}
      {error ? (
        <p className="field-error" role="alert">
          {error}
        </p>
      ) : undefined}
    </fieldset>
  );
}

interface ChangeFieldsProps {
  kind: string;
  variant: VariantDraft;
  number: number;
  onChange: (part: Partial<VariantDraft>) => void;
}

function ChangeFields({ kind, variant, number, onChange }: ChangeFieldsProps) {
  const none = { value: "", label: text.experiments.asItIs };
  if (kind === "model") {
    return (
      <TextField
        label={text.experiments.variantModel(number)}
        list="experiment-known"
        value={variant.model}
        onChange={(event) => onChange({ model: event.target.value })}
      />
    );
  }
  if (kind === "load") {
    return (
      <div className="form-row">
        <SelectField
          label={text.experiments.strategy(number)}
          options={[none, ...STRATEGIES.map((value) => ({ value, label: text.routing.strategy(value) }))]}
          value={variant.strategy}
          onChange={(event) => onChange({ strategy: event.target.value })}
        />
        {variant.strategy === "load_balanced" ? (
          <SelectField
            label={text.experiments.balancer(number)}
            options={[none, ...BALANCERS.map((value) => ({ value, label: text.routing.balancer(value) }))]}
            value={variant.balancer}
            onChange={(event) => onChange({ balancer: event.target.value })}
          />
        ) : undefined}
        <TextField
          label={text.experiments.parallel(number)}
          type="number"
          min={1}
          placeholder={text.experiments.asItIs}
          value={variant.parallel}
          onChange={(event) => onChange({ parallel: event.target.value })}
        />
      </div>
    );
  }
  return (
    <>
      <div className="form-row">
        <TextField
          label={text.experiments.temperature(number)}
          type="number"
          min={0}
          max={2}
          step="any"
          placeholder={text.experiments.asItIs}
          value={variant.temperature}
          onChange={(event) => onChange({ temperature: event.target.value })}
        />
        <TextField
          label={text.experiments.maxOutput(number)}
          type="number"
          min={1}
          placeholder={text.experiments.asItIs}
          value={variant.maxOutput}
          onChange={(event) => onChange({ maxOutput: event.target.value })}
        />
      </div>
      <TextAreaField
        label={text.experiments.prefix(number)}
        rows={2}
        value={variant.prefix}
        onChange={(event) => onChange({ prefix: event.target.value })}
      />
      <div className="form-row">
        <TextField
          label={text.experiments.cache(number)}
          type="number"
          min={0}
          placeholder={text.experiments.asItIs}
          value={variant.cache}
          onChange={(event) => onChange({ cache: event.target.value })}
        />
        <SelectField
          label={text.experiments.fit(number)}
          options={[
            none,
            { value: "on", label: text.experiments.fitOn },
            { value: "off", label: text.experiments.fitOff },
          ]}
          value={variant.fit}
          onChange={(event) => onChange({ fit: event.target.value })}
        />
      </div>
    </>
  );
}
