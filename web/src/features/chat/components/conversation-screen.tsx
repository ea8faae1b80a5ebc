/** A conversation: its messages, and the composer for the next turn. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { MessageSquareOff } from "lucide-react";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useActions, type Action } from "@/lib/actions";
import { canCallTools, canSee, modelBehind, modelsQuery } from "@/lib/api/models";
import { AS_SETTINGS } from "@/lib/api/tools";
import { ApiError, describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Cast, Conversation, Message } from "@/lib/types";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { chatActions } from "../actions";
import { conversationQuery, useStop, useUpdateConversation } from "../api";
import { branch, isStreaming, tokensOf } from "../model";
import { NO_PARAMETERS } from "../parameters";
import { ThreadActionsProvider } from "../thread-actions";
import { resetThread, threadQuery, usePieces } from "../thread-api";
import { useDraft } from "@/lib/use-draft";
import { useFollowScroll } from "../use-follow-scroll";
import { useIsGroup } from "../use-group";
import { useLiveThread } from "../use-live-thread";
import { useQueue } from "../use-queue";
import type { Choices } from "../use-suggestions";
import { useSay, useThreadActionsOf, type Say } from "../use-thread-actions";
import { Composer } from "./composer";
import { ContextButton, ContextPanel } from "./context-panel";
import { GroupBar } from "./group-bar";
import { GroupButton } from "./group-button";
import { LiveStatus } from "@/ui/live-status";
import { MemoryPicker } from "./memory-picker";
import { ParametersButton } from "./parameters-button";
import { ToolsPicker } from "./tools-picker";
import { QueueList } from "./queue-list";
import { Thread } from "./thread";

export interface ConversationScreenProps {
  conversationId: string;
  /** A message that the address names. */
  messageId?: string | undefined;
}

const NONE: readonly Message[] = [];

/** Only answers are read out. */
function ReadOut({ last }: { last: Message | undefined }) {
  const answer = last?.role === "assistant" ? last : undefined;
  return <LiveStatus last={answer} status={answer ? text.chat.liveStatus(answer.status) : ""} />;
}

export function ConversationScreen({ conversationId, messageId }: ConversationScreenProps) {
  const conversation = useQuery(conversationQuery(conversationId));
  const thread = useQuery(threadQuery(conversationId, messageId));
  const streaming = isStreaming(thread.data);
  const group = useIsGroup(conversationId);
  useLiveThread(conversationId, streaming || group);
  const pieces = usePieces(conversationId);
  // A link to a message shows that message, and not the end, until the person goes there.
  const [linked, setLinked] = useState(messageId);
  const scroll = useFollowScroll(thread.data !== undefined, thread.data?.endId !== undefined || linked !== undefined);
  const { follow } = scroll;
  const toEnd = useCallback(() => {
    setLinked(undefined);
    follow();
  }, [follow]);

  const messages = useMemo(() => (thread.data ? branch(thread.data) : NONE), [thread.data]);
  const last = thread.data?.endId === undefined ? messages.at(-1) : undefined;
  const answering = messages.find((message) => message.status === "streaming")?.id;
  const { say, sending } = useSay(conversationId, toEnd);
  const actions = useThreadActionsOf(conversationId, messages, { say, follow: toEnd });
  useGoTo(messageId, messages, pieces.around, setLinked);

  const stop = useStop(conversationId).mutate;
  const isAnswer = last?.role === "assistant" && last.status !== "streaming" && !last.persona?.greeting;
  const lastAnswer = isAnswer ? last.id : undefined;
  const { regenerate } = actions;
  const commands = useMemo<readonly Action[]>(
    () =>
      chatActions({
        stop: answering ? () => stop(answering) : undefined,
        regenerate: lastAnswer ? () => regenerate(lastAnswer) : undefined,
      }),
    [answering, lastAnswer, regenerate, stop],
  );
  useActions(commands);

  if (conversation.error instanceof ApiError && conversation.error.status === 404) return <Missing />;
  const title = conversation.data?.title ?? text.chat.conversation;
  return (
    <div className="chat-frame">
      <section className="chat" aria-label={title}>
        <h1 className="visually-hidden">{title}</h1>
        {thread.data ? (
          <ThreadActionsProvider value={actions}>
            <ShownThread
              thread={thread.data}
              messages={messages}
              busy={streaming || sending}
              scroll={scroll}
              pieces={pieces}
              linked={linked}
              onLeaveLinked={toEnd}
            />
          </ThreadActionsProvider>
        ) : (
          <div className="thread">
            <div className="thread-inner">
              <div className="thread-row">
                {thread.error ? (
                  <Failure
                    failure={describeError(thread.error)}
                    retryLabel={text.common.retry}
                    onRetry={() => void thread.refetch()}
                  />
                ) : (
                  <Skeleton lines={6} label={text.common.loading} />
                )}
              </div>
            </div>
          </div>
        )}
        <ReadOut last={last} />
        <NextTurn
          conversationId={conversationId}
          parentId={thread.data?.leafId}
          tokensBefore={(thread.data && tokensOf(thread.data)) ?? 0}
          settled={thread.data?.messages[thread.data.leafId ?? ""]?.status === "complete"}
          ready={thread.data !== undefined}
          greetingsOnly={messages.every(isGreeting)}
          answering={answering}
          sending={sending}
          say={say}
          onStop={stop}
        />
      </section>
      <Context conversationId={conversationId} messages={messages} />
    </div>
  );
}

/** The panel with what answers rest on. */
function Context({ conversationId, messages }: { conversationId: string; messages: readonly Message[] }) {
  const { data: conversation } = useQuery(conversationQuery(conversationId));
  const { data: models } = useQuery(modelsQuery);
  const change = useUpdateConversation().mutate;
  const onCast = useCastChange(conversationId, messages.every(isGreeting));
  if (!conversation) return undefined;
  const model = conversation.model ?? models?.default;
  return (
    <ContextPanel
      conversation={conversation}
      answer={messages.findLast((message) => message.role === "assistant" && message.status !== "streaming")}
      grounded={modelBehind(models, model)?.language_model === false}
      able={canCallTools(models, model)}
      onChange={(next) => change({ id: conversationId, change: next })}
      onCast={onCast}
    />
  );
}

const isGreeting = (message: Message) => Boolean(message.persona?.greeting);

/** Has others speak. Before anything is said, their greetings take the place of those that stand there. */
function useCastChange(conversationId: string, greetingsOnly: boolean): (cast: Cast) => void {
  const client = useQueryClient();
  const change = useUpdateConversation().mutate;
  return useCallback(
    (cast) =>
      change(
        { id: conversationId, change: { cast } },
        { onSuccess: () => (greetingsOnly ? resetThread(client, conversationId) : undefined) },
      ),
    [change, client, conversationId, greetingsOnly],
  );
}

const ShownThread = memo(Thread);

/** The composer by itself: what is typed renders nothing else. */
const NextTurn = memo(function NextTurn({
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
    void say({ text: words, images, parentId }).then((sent) => sent && draft.clear(words, images));
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

/** Follows a link to a message of this conversation that is clicked while the conversation is shown. */
function useGoTo(
  messageId: string | undefined,
  messages: readonly Message[],
  around: (messageId: string) => Promise<void>,
  onGo: (messageId: string) => void,
): void {
  const gone = useRef(messageId);
  const here = messages.some((message) => message.id === messageId);
  useEffect(() => {
    if (messageId === undefined || gone.current === messageId) return;
    gone.current = messageId;
    const go = () => onGo(messageId);
    if (here) go();
    else void around(messageId).then(go, () => undefined);
  }, [around, here, messageId, onGo]);
}

function Missing() {
  return (
    <Empty icon={MessageSquareOff} title={text.chat.missing} heading="h1">
      {text.chat.missingHint}
    </Empty>
  );
}
