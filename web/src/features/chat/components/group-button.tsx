/** The button that makes a conversation one of several personas, and its dialog. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Users } from "lucide-react";
import { useState } from "react";
import { text } from "@/lib/i18n";
import type { CreateConversation } from "@/lib/types";
import { classNames } from "@/ui/class-names";
import { groupQuery } from "../use-group";
import { GroupDialog } from "./group-dialog";

export function GroupButton({ conversationId, create }: { conversationId?: string; create?: CreateConversation }) {
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  const { data } = useQuery({ ...groupQuery(conversationId ?? ""), enabled: conversationId !== undefined });
  const count = data?.people.length ?? 0;
  const name = count > 0 ? text.groups.buttonOn(count) : text.groups.button;
  return (
    <>
      <button
        type="button"
        className={classNames("button", "button-quiet", count > 0 && "button-on")}
        aria-label={count > 0 ? `${text.groups.settings}: ${name}` : text.groups.title}
        onClick={() => setOpen(true)}
      >
        <Users size={16} aria-hidden />
        {count > 0 ? <span className="composer-tool-label">{name}</span> : undefined}
      </button>
      {open ? (
        <GroupDialog
          conversationId={conversationId}
          create={create ?? {}}
          state={data}
          onClose={() => setOpen(false)}
          onDone={(id) => {
            setOpen(false);
            if (!conversationId) void navigate({ to: "/c/$conversationId", params: { conversationId: id } });
          }}
        />
      ) : undefined}
    </>
  );
}
