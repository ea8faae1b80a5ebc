/** A conversation: its messages, and the composer for the next turn. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MessageSquareOff } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useActions, type Action } from "@/lib/actions";
import { canSee, modelBehind, modelsQuery } from "@/lib/api/models";
import { ApiError, describeError } from "@/lib/client";
import { text } from "@/lib/i18n";
import { toPassage } from "@/lib/passage";
import type { Cast, Citation, Message } from "@/lib/types";
import { Empty, Failure, Skeleton } from "@/ui/feedback";
import { showToast } from "@/ui/toast";
import { chatActions } from "../actions";
import {
  conversationQuery,
  resetThread,
  threadQuery,
  useRegenerate,
  useShowBranch,
  useStartTurn,
  useStop,
  useUpdateConversation,
} from "../api";
import { branch, isStreaming } from "../model";
import { useDraft } from "../use-draft";
import { useFollowScroll } from "../use-follow-scroll";
import { useLiveThread } from "../use-live-thread";
import { Composer } from "./composer";
import { ComposerTools } from "./composer-tools";
import { LiveStatus } from "./live-status";
import { Thread } from "./thread";

export function ConversationScreen({ conversationId }: { conversationId: string }) {
  const conversation = useQuery(conversationQuery(conversationId));
  const thread = useQuery(threadQuery(conversationId));
  const models = useQuery(modelsQuery);
  const streaming = isStreaming(thread.data);
  useLiveThread(conversationId, streaming);

  const startTurn = useStartTurn(conversationId);
  const regenerate = useRegenerate(conversationId).mutate;
  const stop = useStop(conversationId).mutate;
  const showBranch = useShowBranch(conversationId).mutate;
  const update = useUpdateConversation();
  const draft = useDraft(conversationId);
  const scroll = useFollowScroll(thread.data !== undefined);
  const navigate = useNavigate();

  const messages = useMemo(() => (thread.data ? branch(thread.data) : []), [thread.data]);
  const last = messages.at(-1);
  const answering = messages.find((message) => message.status === "streaming")?.id;
  const model = conversation.data?.model ?? models.data?.default;

  const client = useQueryClient();
  /** Others who speak; before anything is said, their greetings take the place of those that stand there. */
  const castAs = (cast: Cast) => {
    const greetings = messages.every((message) => message.persona?.greeting);
    update.mutate(
      { id: conversationId, change: { cast } },
      { onSuccess: () => (greetings ? resetThread(client, conversationId) : undefined) },
    );
  };

  const { follow } = scroll;
  const send = async (turn: {
    text: string;
    images: Message["images"];
    parentId: string | undefined;
  }): Promise<boolean> => {
    follow();
    try {
      await startTurn.mutateAsync({ text: turn.text, images: turn.images ?? [], parentId: turn.parentId });
      follow();
      return true;
    } catch (error) {
      const { message, hint } = describeError(error);
      showToast({ tone: "danger", text: message, hint });
      return false;
    }
  };
  const latestSend = useRef(send);
  useEffect(() => {
    latestSend.current = send;
  });
  const onResend = useCallback(
    (message: Message, edited: string) =>
      latestSend.current({ text: edited, images: message.images, parentId: message.parent_id ?? undefined }),
    [],
  );
  const onRegenerate = useCallback(
    (messageId: string, other?: string) => {
      follow();
      regenerate(other ? { messageId, model: other } : { messageId });
    },
    [follow, regenerate],
  );
  const onCitation = useCallback(
    (citation: Citation) => void navigate(toPassage(citation.chunk_id, citation.quote)),
    [navigate],
  );

  const isAnswer = last?.role === "assistant" && last.status !== "streaming" && !last.persona?.greeting;
  const lastAnswer = isAnswer ? last.id : undefined;
  const actions = useMemo<readonly Action[]>(
    () =>
      chatActions({
        stop: answering ? () => stop(answering) : undefined,
        regenerate: lastAnswer ? () => onRegenerate(lastAnswer) : undefined,
      }),
    [answering, lastAnswer, onRegenerate, stop],
  );
  useActions(actions);

  if (conversation.error instanceof ApiError && conversation.error.status === 404) return <Missing />;
  return (
    <section className="chat" aria-label={conversation.data?.title ?? text.chat.conversation}>
      <h1 className="visually-hidden">{conversation.data?.title ?? text.chat.conversation}</h1>
      {thread.data ? (
        <Thread
          thread={thread.data}
          messages={messages}
          busy={streaming || startTurn.isPending}
          scroll={scroll}
          onResend={onResend}
          onRegenerate={onRegenerate}
          onCitation={onCitation}
          onShowLeaf={showBranch}
        />
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
      <LiveStatus last={last} />
      <div className="composer-place">
        <Composer
          value={draft.value}
          images={draft.images}
          sees={canSee(modelBehind(models.data, model))}
          sending={startTurn.isPending || !thread.data}
          answering={answering !== undefined}
          onChange={draft.setValue}
          onImages={draft.setImages}
          onSend={() =>
            void send({ text: draft.value.trim(), images: draft.images, parentId: last?.id }).then(
              (sent) => sent && draft.clear(),
            )
          }
          onStop={() => answering && stop(answering)}
          tools={
            conversation.data ? (
              <ComposerTools
                model={model}
                grounding={conversation.data.grounding}
                cast={conversation.data.cast ?? {}}
                onModel={(id) => update.mutate({ id: conversationId, change: { model: id } })}
                onGrounding={(grounding) => update.mutate({ id: conversationId, change: { grounding } })}
                onCast={(cast) => castAs(cast)}
              />
            ) : undefined
          }
        />
      </div>
    </section>
  );
}

function Missing() {
  return (
    <Empty icon={MessageSquareOff} title={text.chat.missing} heading="h1">
      {text.chat.missingHint}
    </Empty>
  );
}
