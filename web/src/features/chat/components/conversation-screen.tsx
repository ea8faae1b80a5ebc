/** A conversation: its messages, and the composer for the next turn. */
import { useQuery } from "@tanstack/react-query";
import { MessageSquareOff } from "lucide-react";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useActions, type Action } from "@/lib/actions";
import { canCallTools, modelBehind, modelsQuery } from "@/lib/api/models";
import { ApiError, describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import type { Message } from "@/lib/types";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { LiveStatus } from "@/ui/live-status";
import { chatActions } from "../actions";
import { conversationQuery, useStop, useUpdateConversation } from "../api";
import { branch, isStreaming, tokensOf } from "../model";
import { ThreadActionsProvider } from "../thread-actions";
import { threadQuery, usePieces } from "../thread-api";
import { useCastChange } from "../use-cast-change";
import { useFollowScroll } from "../use-follow-scroll";
import { useIsGroup } from "../use-group";
import { useLiveThread } from "../use-live-thread";
import { useSay, useThreadActionsOf } from "../use-thread-actions";
import { ContextPanel } from "./context-panel";
import { NextTurn } from "./next-turn";
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
      <Context conversationId={conversationId} messages={messages} leafId={thread.data?.leafId} />
    </div>
  );
}

/** The panel with what answers rest on. */
function Context({
  conversationId,
  messages,
  leafId,
}: {
  conversationId: string;
  messages: readonly Message[];
  leafId: string | undefined;
}) {
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
      leafId={leafId}
      grounded={modelBehind(models, model)?.language_model === false}
      able={canCallTools(models, model)}
      onChange={(next) => change({ id: conversationId, change: next })}
      onCast={onCast}
    />
  );
}

const isGreeting = (message: Message) => Boolean(message.persona?.greeting);

const ShownThread = memo(Thread);

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
