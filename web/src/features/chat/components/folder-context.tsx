/** What the folder of a conversation adds to its answers, and whether it does. */
import { useQuery } from "@tanstack/react-query";
import { Folder as FolderIcon } from "lucide-react";
import { useState } from "react";
import { text } from "@/lib/i18n";
import type { Conversation, Folder } from "@/lib/types";
import { Button } from "@/ui/button";
import { Switch } from "@/ui/field";
import { flat, treeOf } from "../folders";
import { foldersQuery, useArrange } from "../folders-api";
import { MoveDialog } from "./move-dialog";

export function FolderContext({ conversation }: { conversation: Conversation }) {
  const { data } = useQuery(foldersQuery);
  const [moving, setMoving] = useState(false);
  const arrange = useArrange();
  const ids = [conversation.id];
  const { folder_id: folderId, folder_off: off = false } = conversation.filed ?? {};
  const nodes = flat(treeOf(data?.folders ?? []));
  const own = nodes.find((node) => node.folder.id === folderId);
  // The outermost first, as models hear them.
  const above = own ? nodes.filter((node) => flat([node]).includes(own)) : [];
  const adding = above.map((node) => node.folder).filter((folder) => folder.prompt !== "" || folder.grounding.enabled);
  return (
    <>
      <div className="folder-context-head">
        {own ? (
          <span className="as-named" dir="auto">
            <FolderIcon size={15} aria-hidden /> {own.path.join(" / ")}
          </span>
        ) : (
          <span className="field-hint">{text.folders.noFolder}</span>
        )}
        <Button tone="quiet" onClick={() => setMoving(true)}>
          {text.folders.moveTo}
        </Button>
      </div>
      {adding.length > 0 ? (
        <>
          <Switch
            label={text.folders.counts}
            hint={text.folders.countsHint}
            checked={!off}
            onChange={(on) => arrange.mutate({ ids, change: { kind: "use_folder", on } })}
          />
          {off ? undefined : adding.map((folder) => <Adds key={folder.id} folder={folder} />)}
        </>
      ) : undefined}
      {moving ? (
        <MoveDialog
          moved={{
            ids,
            title: text.folders.moveOne(conversation.title || text.chat.untitled),
            current: folderId ?? undefined,
          }}
          onClose={() => setMoving(false)}
        />
      ) : undefined}
    </>
  );
}

function Adds({ folder: { name, prompt, grounding } }: { folder: Folder }) {
  const documents = grounding.document_ids.length;
  return (
    <div className="folder-adds">
      <h4 className="as-named" dir="auto">
        {name}
      </h4>
      {prompt ? (
        <p className="folder-prompt" dir="auto">
          {prompt}
        </p>
      ) : undefined}
      {grounding.enabled ? (
        <p className="field-hint">{documents > 0 ? text.chat.groundingIn(documents) : text.chat.wholeLibrary}</p>
      ) : undefined}
    </div>
  );
}
