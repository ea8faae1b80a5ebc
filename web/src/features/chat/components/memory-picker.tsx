/** Whether a conversation uses the memory, and what was said in it so far. */
import { useQuery } from "@tanstack/react-query";
import { Brain } from "lucide-react";
import { recapQuery } from "@/lib/api/memory";
import { settingsQuery } from "@/lib/api/settings";
import { text } from "@/lib/i18n";
import { classNames } from "@/ui/class-names";
import { Switch } from "@/ui/field";
import { Popover } from "@/ui/popover";

export interface MemoryPickerProps {
  /** Missing before it begins. */
  conversationId?: string | undefined;
  on: boolean;
  onChange: (on: boolean) => void;
}

export function MemoryPicker({ conversationId, on, onChange }: MemoryPickerProps) {
  const { data: settings } = useQuery(settingsQuery);
  const everywhere = settings?.memory ?? true;
  const label = on && everywhere ? text.memory.onHere : text.memory.offHere;
  return (
    <Popover
      label={text.memory.title}
      side="top"
      className="grounding-popover"
      trigger={
        <button
          type="button"
          className={classNames("button", "button-quiet", on && everywhere && "button-on")}
          aria-label={`${text.memory.title}: ${label}`}
        >
          <Brain size={16} aria-hidden />
          <span className="composer-tool-label">{label}</span>
        </button>
      }
    >
      <MemoryChoice conversationId={conversationId} on={on} onChange={onChange} />
    </Popover>
  );
}

export function MemoryChoice({ conversationId, on, onChange }: MemoryPickerProps) {
  const { data: settings } = useQuery(settingsQuery);
  const everywhere = settings?.memory ?? true;
  return (
    <>
      <Switch
        label={text.memory.switchHere}
        hint={everywhere ? text.memory.switchHereHint : text.memory.offEverywhere}
        checked={on && everywhere}
        disabled={!everywhere}
        onChange={onChange}
      />
      {conversationId === undefined ? undefined : <Recap conversationId={conversationId} />}
    </>
  );
}

function Recap({ conversationId }: { conversationId: string }) {
  const { data } = useQuery(recapQuery(conversationId));
  if (!data?.text) return undefined;
  return (
    <section aria-label={text.memory.recap}>
      <h3 className="recap-title">{text.memory.recap}</h3>
      <p className="recap">{data.text}</p>
      {data.by_model ? undefined : <p className="field-hint">{text.memory.recapByRules}</p>}
    </section>
  );
}
