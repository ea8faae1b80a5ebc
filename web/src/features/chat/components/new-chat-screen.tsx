/** The beginning of a conversation. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Folder as FolderIcon, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { canCallTools, canSee, modelBehind, modelsQuery } from "@/lib/api/models";
import { AS_SETTINGS } from "@/lib/api/tools";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Cast, CreateConversation, Grounding, Message } from "@/lib/types";
import { useStore } from "@/lib/store";
import { IconButton } from "@/ui/button";
import { Eye } from "@/ui/eye";
import { showToast } from "@/ui/toast";
import { pendingMessage, useOpenConversation, useStartConversation } from "../api";
import { pathOf } from "../folders";
import { foldersQuery } from "../folders-api";
import { ALL, placeStore } from "../place";
import { useDraft } from "@/lib/use-draft";
import { NO_PARAMETERS } from "../parameters";
import type { Choices } from "../use-suggestions";
import { Composer } from "./composer";
import { GroupButton } from "./group-button";
import { MemoryPicker } from "./memory-picker";
import { ParametersButton } from "./parameters-button";
import { ToolsPicker } from "./tools-picker";
import { UserMessage } from "./user-message";

/** A question offered to a newcomer, and what to ask it of. */
export interface Suggestion {
  question: string;
  model?: string;
}

export interface NewChatScreenProps {
  /** What stands above the composer instead of the greeting, such as the first steps. */
  welcome?: (ask: (suggestion: Suggestion) => void) => ReactNode;
}

export function NewChatScreen({ welcome }: NewChatScreenProps) {
  const models = useQuery(modelsQuery);
  const draft = useDraft("new");
  const start = useStartConversation();
  const open = useOpenConversation();
  const navigate = useNavigate();
  /** What was said and is on its way; once it is there, its conversation is shown. */
  const [sent, setSent] = useState<Message>();
  const [chosen, setChosen] = useState<string>();
  const [grounding, setGrounding] = useState<Grounding>({ enabled: false, document_ids: [] });
  const [memory, setMemory] = useState(true);
  const [tools, setTools] = useState(AS_SETTINGS);
  const [parameters, setParameters] = useState(NO_PARAMETERS);
  const model = chosen ?? models.data?.default;
  const place = useStore(placeStore);
  const folderId = place.kind === "folder" ? place.id : undefined;

  const begun = (): CreateConversation => ({
    grounding,
    memory,
    tools,
    parameters,
    ...(chosen ? { model: chosen } : {}),
    ...(folderId ? { folder_id: folderId } : {}),
  });

  /** Called by way of a mutation, which does so while this is shown: who has gone elsewhere by then stays there. */
  const toConversation = (conversationId: string) =>
    void navigate({ to: "/c/$conversationId", params: { conversationId } });

  const send = async (question: string, asked: string | undefined) => {
    const { images } = draft;
    const turn = { text: question, images, model: asked, grounding };
    setSent(pendingMessage("", turn));
    draft.clear(question, images);
    try {
      await start.mutateAsync(
        { ...turn, create: begun() },
        { onSuccess: ({ conversation }) => toConversation(conversation.id) },
      );
    } catch (error) {
      const { message, hint } = describeError(error);
      setSent(undefined);
      draft.restore(question, images);
      showToast({ tone: "danger", text: message, hint });
    }
  };

  /** A persona speaks first, so its conversation begins before anything is said. */
  const beginWith = async (cast: Cast) => {
    if (!cast.persona_id && !cast.user_persona_id) return;
    try {
      await open.mutateAsync({ ...begun(), cast }, { onSuccess: ({ id }) => toConversation(id) });
    } catch (error) {
      const { message, hint } = describeError(error);
      showToast({ tone: "danger", text: message, hint });
    }
  };

  const latestBegin = useRef(beginWith);
  useEffect(() => {
    latestBegin.current = beginWith;
  });
  const choices = useMemo<Choices>(
    () => ({
      model,
      grounding,
      cast: {},
      onModel: setChosen,
      onGrounding: setGrounding,
      onCast: (cast) => void latestBegin.current(cast),
    }),
    [grounding, model],
  );

  return (
    <section className="chat chat-new" aria-label={text.chat.newChat}>
      {sent ? <BeingSent message={sent} /> : undefined}
      <div className="welcome-area" hidden={sent !== undefined}>
        {welcome ? (
          welcome((suggestion) => void send(suggestion.question, suggestion.model ?? model))
        ) : (
          <div className="greeting">
            <Eye size={44} />
            <h1>{text.chat.greeting}</h1>
          </div>
        )}
      </div>
      <div className="composer-place">
        {folderId ? <InFolder id={folderId} /> : undefined}
        <Composer
          draft={draft}
          sees={canSee(models.data, model)}
          sending={sent !== undefined}
          answering={false}
          onSend={() => void send(draft.words.get().trim(), model)}
          onStop={() => undefined}
          choices={choices}
          model={modelBehind(models.data, model)}
          tokensBefore={0}
          more={
            <>
              <MemoryPicker on={memory} onChange={setMemory} />
              <ToolsPicker value={tools} able={canCallTools(models.data, model)} onChange={setTools} />
              <ParametersButton value={parameters} model={model} personaId={undefined} onChange={setParameters} />
              <GroupButton create={begun()} />
            </>
          }
        />
      </div>
    </section>
  );
}

const NONE: readonly string[] = [];

/** The first message where it will stand. */
function BeingSent({ message }: { message: Message }) {
  return (
    <div className="thread">
      <div className="thread-inner">
        <div className="thread-row">
          <UserMessage
            message={message}
            pending
            versions={NONE}
            rival={undefined}
            question={undefined}
            busy
            linked={false}
            editing={false}
            onEditing={() => undefined}
          />
        </div>
      </div>
    </div>
  );
}

/** The folder that is listed beside it is where the conversation begins. */
function InFolder({ id }: { id: string }) {
  const { data } = useQuery(foldersQuery);
  const path = pathOf(data?.folders ?? [], id);
  if (path === "") return undefined;
  return (
    <p className="new-chat-folder">
      <FolderIcon size={15} aria-hidden />
      <span className="as-named" dir="auto">
        {text.folders.within(path)}
      </span>
      <IconButton icon={X} size="small" label={text.folders.none} onClick={() => placeStore.set(ALL)} />
    </p>
  );
}
