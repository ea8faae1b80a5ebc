/** The beginning of a conversation. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Folder as FolderIcon, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { canCallTools, canSee, modelBehind, modelsQuery } from "@/lib/api/models";
import { AS_SETTINGS } from "@/lib/api/tools";
import { describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Cast, CreateConversation, Grounding } from "@/lib/types";
import { useStore } from "@/lib/store";
import { IconButton } from "@/ui/button";
import { Eye } from "@/ui/eye";
import { showToast } from "@/ui/toast";
import { useOpenConversation, useStartConversation } from "../api";
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

  const send = async (question: string, asked: string | undefined) => {
    const { images } = draft;
    try {
      const { conversation } = await start.mutateAsync({
        text: question,
        images,
        model: asked,
        grounding,
        create: begun(),
      });
      draft.clear(question, images);
      await navigate({ to: "/c/$conversationId", params: { conversationId: conversation.id } });
    } catch (error) {
      const { message, hint } = describeError(error);
      draft.words.set((before) => (before.trim() === "" ? question : before));
      showToast({ tone: "danger", text: message, hint });
    }
  };

  /** A persona speaks first, so its conversation begins before anything is said. */
  const beginWith = async (cast: Cast) => {
    if (!cast.persona_id && !cast.user_persona_id) return;
    try {
      const conversation = await open.mutateAsync({ ...begun(), cast });
      await navigate({ to: "/c/$conversationId", params: { conversationId: conversation.id } });
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
      <div className="welcome-area">
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
          sending={start.isPending}
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
