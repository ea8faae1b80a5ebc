/** All shortcuts, from the same actions that palette and menus use; each can be given other keys. */
import { PencilLine, RotateCcw } from "lucide-react";
import { useRef, useState, type KeyboardEvent } from "react";
import { showShortcut, useAllActions, type Action } from "@/lib/actions";
import { text } from "@/lib/i18n";
import { giveShortcut, ownShortcuts, shortcutOf } from "@/lib/own-shortcuts";
import { useStore } from "@/lib/store";
import { Button, IconButton } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Keys } from "@/ui/keys";

export function ShortcutSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const actions = useAllActions().filter((action) => action.shortcut);
  const groups = [...new Set(actions.map((action) => action.group))];
  const writing: [string, string[]][] = [
    [text.chat.send, ["Enter"]],
    [text.help.newLine, [text.help.shift, "Enter"]],
  ];
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={text.help.shortcuts}
      description={text.help.shortcutsHint}
      closeLabel={text.common.close}
    >
      {groups.map((group) => (
        <section key={group} className="shortcuts" aria-label={group}>
          <h3>{group}</h3>
          <ul>
            {actions
              .filter((action) => action.group === group)
              .map((action) => (
                <ActionRow key={action.id} action={action} others={actions} />
              ))}
          </ul>
        </section>
      ))}
      <section className="shortcuts" aria-label={text.help.writing}>
        <h3>{text.help.writing}</h3>
        <dl>
          {writing.map(([label, keys]) => (
            <div key={label} className="shortcut-row">
              <dt>{label}</dt>
              <dd>
                <Keys keys={keys} />
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </Dialog>
  );
}

function ActionRow({ action, others }: { action: Action; others: readonly Action[] }) {
  const { id, label, shortcut = "", usual } = action;
  const own = useStore(ownShortcuts)[id] !== undefined;
  const [asking, setAsking] = useState(false);
  const [taken, setTaken] = useState<string>();
  // Somebody may have been given the usual keys meanwhile; told until that is no longer so.
  const [refused, setRefused] = useState(false);
  const holderOf = (keys: string | undefined) =>
    keys === undefined ? undefined : others.find((other) => other.id !== id && other.shortcut === keys);
  const holder = refused ? holderOf(usual) : undefined;
  const change = useRef<HTMLButtonElement>(null);
  const end = () => {
    setAsking(false);
    setTaken(undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const pressed = shortcutOf(event);
    // Tab leads on, Escape closes.
    if (pressed === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const other = holderOf(pressed);
    if (other) {
      setTaken(other.label);
      return;
    }
    giveShortcut(id, pressed);
    end();
    requestAnimationFrame(() => change.current?.focus());
  };
  const giveBack = () => {
    setRefused(holderOf(usual) !== undefined);
    if (holderOf(usual)) return;
    giveShortcut(id, undefined);
    // The button for it is gone then.
    change.current?.focus();
  };
  return (
    <li className="shortcut-row">
      <span>{label}</span>
      {asking ? (
        <Button autoFocus onKeyDown={onKeyDown} onBlur={end}>
          {taken === undefined ? text.help.pressKeys : text.help.keysTaken(taken)}
        </Button>
      ) : (
        <span className="shortcut-keys">
          <Keys keys={showShortcut(shortcut)} />
          <IconButton
            ref={change}
            icon={PencilLine}
            size="small"
            label={text.help.changeKeys(label)}
            onClick={() => {
              setRefused(false);
              setAsking(true);
            }}
          />
          {own ? (
            <IconButton icon={RotateCcw} size="small" label={text.help.ownKeys(label)} onClick={giveBack} />
          ) : undefined}
        </span>
      )}
      <span className={holder ? "field-error shortcut-refused" : "visually-hidden"} role="status">
        {holder ? text.help.keysTaken(holder.label) : undefined}
        {taken === undefined ? undefined : text.help.keysTaken(taken)}
      </span>
    </li>
  );
}
