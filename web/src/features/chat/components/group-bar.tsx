/** Who takes part in a group, who is next, and what can be done about it. */
import { useQuery } from "@tanstack/react-query";
import { ListPlus, MessageCircle, Play, Square, Volume2, VolumeX } from "lucide-react";
import { memo } from "react";
import { text } from "@/lib/i18n";
import type { GroupState } from "@/lib/types";
import { Button, IconButton } from "@/ui/button";
import { groupQuery, usePutGroup, useQueue, useSpeak, useStopGroup } from "../use-group";
import "../groups.css";

/** Apart from what is typed below it. */
export const GroupBar = memo(function GroupBar({
  conversationId,
  speaking,
}: {
  conversationId: string;
  speaking: boolean;
}) {
  const { data } = useQuery(groupQuery(conversationId));
  const speak = useSpeak(conversationId);
  const stop = useStopGroup(conversationId);
  const queue = useQueue(conversationId);
  const put = usePutGroup(conversationId);
  if (!data?.group) return undefined;
  const { group, people, queue: next, auto_left: left } = data;
  const busy = speaking || speak.isPending;
  const mute = (index: number, muted: boolean) => {
    const member = group.members[index];
    if (member)
      put.mutate({ create: {}, group: { ...group, members: group.members.with(index, { ...member, muted }) } });
  };
  return (
    <section className="group-bar" aria-label={text.groups.bar}>
      <ul className="group-people">
        {people.map((person, index) => (
          <li key={person.persona_id} className="group-person" data-muted={person.muted || undefined}>
            <bdi className="group-name">{person.name}</bdi>
            {person.muted ? <span className="visually-hidden">{text.groups.muted}</span> : undefined}
            <IconButton
              icon={MessageCircle}
              label={text.groups.letSpeak(person.name)}
              size="small"
              disabled={busy}
              onClick={() => speak.mutate(person.persona_id)}
            />
            <IconButton
              icon={ListPlus}
              label={text.groups.chooseNext(person.name)}
              size="small"
              aria-pressed={next[0]?.persona_id === person.persona_id}
              onClick={() =>
                queue.mutate([
                  person.persona_id,
                  ...next.map((one) => one.persona_id).filter((id) => id !== person.persona_id),
                ])
              }
            />
            <IconButton
              icon={person.muted ? VolumeX : Volume2}
              label={person.muted ? text.groups.unmute(person.name) : text.groups.mute(person.name)}
              size="small"
              onClick={() => mute(index, !person.muted)}
            />
          </li>
        ))}
      </ul>
      <p className="group-next" role="status">
        {nextWords(data)}
        {left > 0 ? ` · ${text.groups.autoLeft(left)}` : ""}
      </p>
      {next.length > 0 && !busy ? (
        <Button tone="quiet" icon={Play} busy={speak.isPending} onClick={() => speak.mutate(undefined)}>
          {text.groups.goOn}
        </Button>
      ) : undefined}
      {next.length > 0 || left > 0 ? (
        <Button tone="quiet" icon={Square} busy={stop.isPending} onClick={() => stop.mutate()}>
          {text.groups.stop}
        </Button>
      ) : undefined}
    </section>
  );
});

function nextWords({ queue, expected }: GroupState): string {
  const [first] = queue;
  if (first) return text.groups.next(first.name, first.why);
  return expected ? text.groups.expected(expected.name) : text.groups.nobodyNext;
}
