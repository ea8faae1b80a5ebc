/** What a person says next in a conversation: the composer, what waits to be sent, and what stands beside the pickers. */
import { useQuery } from "@tanstack/react-query";
import { memo, useCallback, useMemo } from "react";
import { canCallTools, canSee, modelBehind, modelsQuery } from "@/lib/api/models";
import { AS_SETTINGS } from "@/lib/api/tools";
import type { Conversation } from "@/lib/types";
import { conversationQuery, useUpdateConversation } from "../api";
import { NO_PARAMETERS } from "../parameters";
import { useCastChange } from "../use-cast-change";
import { useDraft } from "@/lib/use-draft";
import { useQueue } from "../use-queue";
import type { Choices } from "../use-suggestions";
import type { Say } from "../use-thread-actions";
import { Composer } from "./composer";
import { ContextButton } from "./context-panel";
import { GroupBar } from "./group-bar";
import { GroupButton } from "./group-button";
import { MemoryPicker } from "./memory-picker";
import { ParametersButton } from "./parameters-button";
import { QueueList } from "./queue-list";
import { ToolsPicker } from "./tools-picker";

/** The composer by itself: what is typed renders nothing else. */
export const NextTurn = memo(function NextTurn({
  conversationId,
  parentId,
  tokensBefore,
  settled,
  ready,
  greetingsOnly,
  answering,
  sending,
  say,
  onStop,
}: {
  conversationId: string;
  /** The message to go on from. */
  parentId: string | undefined;
  /** What was said so far, as the provider counted it. */
  tokensBefore: number;
  /** Whether that one is here and whole. */
  settled: boolean;
  ready: boolean;
  greetingsOnly: boolean;
  answering: string | undefined;
  sending: boolean;
  say: Say;
  onStop: (messageId: string) => void;
}) {
  const conversation = useQuery(conversationQuery(conversationId));
  const models = useQuery(modelsQuery);
  const update = useUpdateConversation();
  const draft = useDraft(conversationId);
  const model = conversation.data?.model ?? models.data?.default;
  const queue = useQueue(conversationId, {
    // What was stopped or has failed is for the person to decide about.
    ready: ready && !sending && answering === undefined && settled,
    say: useCallback((words: string) => say({ text: words, images: [], parentId }), [parentId, say]),
  });
  const change = update.mutate;
  const onCast = useCastChange(conversationId, greetingsOnly);

  const choices = useMemo<Choices | undefined>(() => {
    if (!conversation.data) return undefined;
    return {
      model,
      grounding: conversation.data.grounding,
      cast: conversation.data.cast ?? {},
      onModel: (id) => change({ id: conversationId, change: { model: id } }),
      onGrounding: (grounding) => change({ id: conversationId, change: { grounding } }),
      onCast,
    };
  }, [change, conversation.data, conversationId, model, onCast]);
  const send = () => {
    const words = draft.words.get().trim();
    if (answering !== undefined) {
      queue.add(words);
      draft.clear(words, []);
      return;
    }
    const { images } = draft;
    draft.clear(words, images);
    void say({ text: words, images, parentId }).then((sent) => (sent ? undefined : draft.restore(words, images)));
  };
  return (
    <div className="composer-place">
      <GroupBar conversationId={conversationId} speaking={answering !== undefined} />
      <QueueList
        waiting={queue.waiting}
        onEdit={(entry) => {
          queue.remove(entry.id);
          draft.words.set((before) => (before === "" ? entry.text : `${entry.text}\n\n${before}`));
        }}
        onRemove={(entry) => queue.remove(entry.id)}
        onSend={
          ready && !sending && answering === undefined
            ? (entry) => {
                queue.remove(entry.id);
                void say({ text: entry.text, images: [], parentId });
              }
            : undefined
        }
      />
      <Composer
        draft={draft}
        sees={canSee(models.data, model)}
        sending={sending || !ready}
        answering={answering !== undefined}
        onSend={send}
        onStop={() => answering && onStop(answering)}
        choices={choices}
        model={modelBehind(models.data, model)}
        tokensBefore={tokensBefore}
        more={conversation.data ? <TurnTools conversation={conversation.data} model={model} /> : undefined}
      />
    </div>
  );
});

/** What stands beside the pickers, apart from what is typed. */
const TurnTools = memo(function TurnTools({
  conversation,
  model,
}: {
  conversation: Conversation;
  model: string | undefined;
}) {
  const { id, memory = true, tools = AS_SETTINGS, parameters = NO_PARAMETERS, cast } = conversation;
  const { data: models } = useQuery(modelsQuery);
  const change = useUpdateConversation().mutate;
  return (
    <>
      <MemoryPicker conversationId={id} on={memory} onChange={(on) => change({ id, change: { memory: on } })} />
      <ToolsPicker
        value={tools}
        able={canCallTools(models, model)}
        onChange={(next) => change({ id, change: { tools: next } })}
      />
      <ParametersButton
        value={parameters}
        model={model}
        personaId={cast?.persona_id ?? undefined}
        onChange={(next) => change({ id, change: { parameters: next } })}
      />
      <GroupButton conversationId={id} />
      <ContextButton />
    </>
  );
});
