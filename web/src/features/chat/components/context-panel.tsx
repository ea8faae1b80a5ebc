/**
 * What an answer in this conversation rests on: who speaks, its folder, what is remembered, documents and tools. Each is
 * switched off here; what cannot be told any more is named.
 */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { PanelRight, X } from "lucide-react";
import { useSyncExternalStore, type ReactNode } from "react";
import { personaQuery, pictureAddress } from "@/lib/api/personas";
import { AS_SETTINGS } from "@/lib/api/tools";
import { text } from "@/lib/i18n";
import { useMediaQuery } from "@/lib/media";
import type { Cast, Conversation, Message, UpdateConversation } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { PanelSection } from "@/ui/panel-section";
import { contextOpen } from "../context-open";
import { groupQuery } from "../use-group";
import { FolderContext } from "./folder-context";
import { LeftOut } from "./gone-pictures";
import { GroundingChoice } from "./grounding-picker";
import { MemoryChoice } from "./memory-picker";
import { Facts } from "./remembered";
import { ToolsChoice } from "./tools-picker";
import "../context.css";

/** Wide enough for a thread of its reading width beside it. */
const BESIDE = "(min-width: 80rem)";

export interface ContextPanelProps {
  conversation: Conversation;
  /** The answer that was given last. */
  answer: Message | undefined;
  /** The message that the next turn goes on from. */
  leafId: string | undefined;
  /** Whether the model looks things up in any case. */
  grounded: boolean;
  /** Whether the model calls tools. */
  able: boolean;
  onChange: (change: UpdateConversation) => void;
  onCast: (cast: Cast) => void;
}

export function ContextButton() {
  const open = useSyncExternalStore(contextOpen.subscribe, contextOpen.get);
  return (
    <IconButton
      icon={PanelRight}
      label={open ? text.context.hide : text.context.show}
      aria-expanded={open}
      onClick={() => contextOpen.set(!open)}
    />
  );
}

export function ContextPanel(props: ContextPanelProps) {
  const open = useSyncExternalStore(contextOpen.subscribe, contextOpen.get);
  const beside = useMediaQuery(BESIDE);
  const close = () => contextOpen.set(false);
  if (!open) return undefined;
  if (!beside)
    return (
      <Dialog open onClose={close} title={text.context.title} closeLabel={text.context.hide} side="end">
        <Sections {...props} />
      </Dialog>
    );
  return (
    <aside className="context-panel" aria-labelledby="context-title">
      <header className="context-head">
        <h2 id="context-title">{text.context.title}</h2>
        <IconButton icon={X} label={text.context.hide} onClick={close} />
      </header>
      <Sections {...props} />
    </aside>
  );
}

function Sections({ conversation, answer, leafId, grounded, able, onChange, onCast }: ContextPanelProps) {
  const { id } = conversation;
  return (
    <div className="context-sections">
      <PanelSection title={text.context.speaks}>
        <Speakers conversation={conversation} onCast={onCast} />
      </PanelSection>
      <PanelSection title={text.folders.context}>
        <FolderContext conversation={conversation} />
      </PanelSection>
      <LeftOut conversationId={id} leafId={leafId} />
      <PanelSection title={text.memory.title}>
        <MemoryChoice
          conversationId={id}
          on={conversation.memory ?? true}
          onChange={(memory) => onChange({ memory })}
        />
        <h4>{text.context.told}</h4>
        {answer?.remembered ? <Facts message={answer} /> : <p className="field-hint">{text.context.toldNothing}</p>}
        <Link to="/memory" search={{ scope: scopeOf(conversation.cast ?? {}) }} className="context-link">
          {text.context.known}
        </Link>
      </PanelSection>
      <PanelSection title={text.chat.grounding}>
        <GroundingChoice
          value={conversation.grounding}
          always={grounded}
          onChange={(grounding) => onChange({ grounding })}
        />
      </PanelSection>
      <PanelSection title={text.tools.title}>
        <ToolsChoice value={conversation.tools ?? AS_SETTINGS} able={able} onChange={(tools) => onChange({ tools })} />
      </PanelSection>
    </div>
  );
}

/** The scope that what is said here belongs to. */
export function scopeOf({ persona_id, user_persona_id }: Cast): string {
  const id = persona_id ?? user_persona_id;
  return id ? `persona:${id}` : "user";
}

function Speakers({ conversation, onCast }: Pick<ContextPanelProps, "conversation" | "onCast">) {
  const cast: Cast = conversation.cast ?? {};
  const { data } = useQuery(groupQuery(conversation.id));
  const people = data?.people ?? [];
  return (
    <ul className="context-people">
      {people.length > 0 ? (
        people.map((person) => <Person key={person.persona_id} id={person.persona_id} />)
      ) : cast.persona_id ? (
        <Person id={cast.persona_id}>
          <IconButton
            icon={X}
            size="small"
            label={text.context.leave}
            onClick={() => onCast({ ...cast, persona_id: null })}
          />
        </Person>
      ) : (
        <li className="field-hint">{text.context.nobody}</li>
      )}
      {cast.user_persona_id ? (
        <Person id={cast.user_persona_id} as={text.context.you}>
          <IconButton
            icon={X}
            size="small"
            label={text.personas.yourself}
            onClick={() => onCast({ ...cast, user_persona_id: null })}
          />
        </Person>
      ) : undefined}
    </ul>
  );
}

function Person({ id, as, children }: { id: string; as?: string; children?: ReactNode }) {
  const { data } = useQuery(personaQuery(id));
  if (!data) return undefined;
  const name = data.persona.name ?? text.personas.unnamed;
  const picture = pictureAddress({ id, picture: data.picture ?? null });
  return (
    <li className="context-person">
      {picture ? <img src={picture} alt="" width={40} height={40} decoding="async" /> : undefined}
      <span className="context-words">
        {as ? <span className="field-hint">{as}</span> : undefined}
        <Link to="/personas/$personaId" params={{ personaId: id }}>
          {name}
        </Link>
        {data.persona.description ? <span className="context-about">{data.persona.description}</span> : undefined}
      </span>
      {children}
    </li>
  );
}
