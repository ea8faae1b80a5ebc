/** The button that says how the model is to answer, and its dialog. */
import { useQuery } from "@tanstack/react-query";
import { SlidersHorizontal } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { presetsQuery } from "@/lib/api/presets";
import { text } from "@/lib/i18n";
import type { ParameterChoice } from "@/lib/types";
import { classNames } from "@/ui/class-names";
import { NAMES } from "../parameters";

const ParametersDialog = lazy(() =>
  import("./parameters-dialog").then((module) => ({ default: module.ParametersDialog })),
);

export interface ParametersButtonProps {
  value: ParameterChoice;
  model: string | undefined;
  /** The persona that answers. */
  personaId: string | undefined;
  onChange: (value: ParameterChoice) => void;
}

export function ParametersButton(props: ParametersButtonProps) {
  const { value } = props;
  const [open, setOpen] = useState(false);
  const { data: presets } = useQuery({ ...presetsQuery, enabled: Boolean(value.preset_id) });
  const preset = presets?.find((one) => one.id === value.preset_id);
  const count = NAMES.filter((name) => value.values[name] !== undefined && value.values[name] !== null).length;
  const label = [preset?.name, count > 0 ? text.parameters.some(count) : ""].filter(Boolean).join(" + ");
  return (
    <>
      <button
        type="button"
        className={classNames("button", "button-quiet", label !== "" && "button-on")}
        aria-label={`${text.parameters.title}: ${label === "" ? text.parameters.none : label}`}
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <SlidersHorizontal size={16} aria-hidden />
        {label === "" ? undefined : (
          <span className="composer-tool-label" dir="auto">
            {label}
          </span>
        )}
      </button>
      {open ? (
        <Suspense>
          <ParametersDialog {...props} onClose={() => setOpen(false)} />
        </Suspense>
      ) : undefined}
    </>
  );
}
