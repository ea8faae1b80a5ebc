/** The preset that a conversation uses, and what can be done with presets. */
import { BookmarkPlus, Ellipsis, Globe, PencilLine, Save, Trash2 } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useDeletePreset, useKeepPreset, useRestorePreset } from "@/lib/api/presets";
import { text } from "@/lib/i18n";
import type { ParameterChoice, ParameterSet, Preset } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { SelectField, TextField } from "@/ui/field";
import { Menu, type MenuItem } from "@/ui/menu";
import { showToast } from "@/ui/toast";
import { isEmpty, over, put } from "../parameters";

export interface PresetBarProps {
  choice: ParameterChoice;
  presets: readonly Preset[];
  account: ParameterSet;
  onChoose: (choice: ParameterChoice) => void;
  onAccount: (account: ParameterSet) => void;
}

export function PresetBar({ choice, presets, account, onChoose, onAccount }: PresetBarProps) {
  const preset = presets.find((one) => one.id === choice.preset_id);
  /** What is being named: a new preset, or the chosen one anew. */
  const [naming, setNaming] = useState<"new" | "rename">();
  const keep = useKeepPreset();
  const remove = useDeletePreset();
  const restore = useRestorePreset();
  const whole = over(preset?.values ?? {}, choice.values);

  const save = async (name: string) => {
    const draft =
      naming === "rename" && preset ? { id: preset.id, name, values: preset.values } : { name, values: whole };
    const kept = await keep.mutateAsync(draft).catch(() => undefined);
    if (!kept) return;
    if (naming === "new") onChoose({ preset_id: kept.id, values: {} });
    setNaming(undefined);
    showToast({ text: text.parameters.saved(kept.name) });
  };
  const saveInto = async ({ id, name }: Preset) => {
    const kept = await keep.mutateAsync({ id, name, values: whole }).catch(() => undefined);
    if (!kept) return;
    onChoose({ preset_id: id, values: {} });
    showToast({ text: text.parameters.saved(name) });
  };
  const drop = async ({ id, name }: Preset) => {
    const before = choice;
    const gone = await remove.mutateAsync(id).then(
      () => true,
      () => false,
    );
    if (!gone) return;
    onChoose({ values: choice.values });
    showToast({
      text: text.parameters.deleted(name),
      action: {
        label: text.common.undo,
        run: () => restore.mutate(id, { onSuccess: () => onChoose(before) }),
      },
    });
  };
  const holdEverywhere = ({ name, values }: Preset) => {
    const before = account;
    onAccount(put(values, "system_prompt", undefined));
    showToast({
      text: text.parameters.usedEverywhere(name),
      action: { label: text.common.undo, run: () => onAccount(before) },
    });
  };

  const items: MenuItem[] = [
    {
      id: "new",
      label: text.parameters.saveAs,
      icon: BookmarkPlus,
      disabled: isEmpty(whole),
      run: () => setNaming("new"),
    },
  ];
  if (preset)
    items.push(
      {
        id: "keep",
        label: text.parameters.keepIn(preset.name),
        icon: Save,
        disabled: isEmpty(choice.values),
        run: () => void saveInto(preset),
      },
      { id: "rename", label: text.parameters.rename(preset.name), icon: PencilLine, run: () => setNaming("rename") },
      {
        id: "everywhere",
        label: text.parameters.everywhere(preset.name),
        icon: Globe,
        run: () => holdEverywhere(preset),
      },
      {
        id: "delete",
        label: text.parameters.deletePreset(preset.name),
        icon: Trash2,
        danger: true,
        run: () => void drop(preset),
      },
    );
  return (
    <div className="preset-bar">
      <div className="preset-row">
        <SelectField
          label={text.parameters.preset}
          value={preset?.id ?? ""}
          options={[
            { value: "", label: text.parameters.noPreset },
            ...presets.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(event) =>
            onChoose(
              event.target.value === ""
                ? { values: choice.values }
                : { preset_id: event.target.value, values: choice.values },
            )
          }
        />
        <Menu trigger={<IconButton icon={Ellipsis} label={text.parameters.presetActions} />} items={items} />
      </div>
      {naming ? (
        <Naming
          key={naming}
          name={naming === "rename" ? (preset?.name ?? "") : ""}
          busy={keep.isPending}
          onSave={(name) => void save(name)}
          onCancel={() => setNaming(undefined)}
        />
      ) : undefined}
    </div>
  );
}

function Naming({
  name,
  busy,
  onSave,
  onCancel,
}: {
  name: string;
  busy: boolean;
  onSave: (name: string) => void;
  onCancel: () => void;
}) {
  const [typed, setTyped] = useState(name);
  const field = useRef<HTMLInputElement>(null);
  // After the menu that asked for it has given the focus back.
  useEffect(() => {
    const frame = requestAnimationFrame(() => field.current?.focus());
    return () => cancelAnimationFrame(frame);
  }, []);
  const given = typed.trim();
  return (
    <form
      className="preset-naming"
      onSubmit={(event) => {
        event.preventDefault();
        if (given !== "") onSave(given);
      }}
    >
      <TextField
        label={text.parameters.presetName}
        value={typed}
        maxLength={80}
        ref={field}
        onChange={(event) => setTyped(event.target.value)}
      />
      <Button tone="primary" type="submit" busy={busy} disabled={given === ""}>
        {text.parameters.save}
      </Button>
      <Button onClick={onCancel}>{text.parameters.cancel}</Button>
    </form>
  );
}
