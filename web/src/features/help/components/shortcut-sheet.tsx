/** All shortcuts, from the same actions that palette and menus use. */
import { showShortcut, useAllActions } from "@/lib/actions";
import { text } from "@/lib/i18n";
import { Dialog } from "@/ui/dialog";
import { Keys } from "@/ui/keys";

export function ShortcutSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const actions = useAllActions().filter((action) => action.shortcut);
  const groups = [...Map.groupBy(actions, (action) => action.group)];
  const writing: [string, string[]][] = [
    [text.chat.send, ["Enter"]],
    [text.help.newLine, [text.help.shift, "Enter"]],
  ];
  return (
    <Dialog open={open} onClose={onClose} title={text.help.shortcuts} closeLabel={text.common.close}>
      {groups.map(([group, list]) => (
        <ShortcutGroup
          key={group}
          title={group}
          rows={list.map((action) => [action.label, showShortcut(action.shortcut ?? "")])}
        />
      ))}
      <ShortcutGroup title={text.help.writing} rows={writing} />
    </Dialog>
  );
}

function ShortcutGroup({ title, rows }: { title: string; rows: [string, string[]][] }) {
  return (
    <section className="shortcuts" aria-label={title}>
      <h3>{title}</h3>
      <dl>
        {rows.map(([label, keys]) => (
          <div key={label} className="shortcut-row">
            <dt>{label}</dt>
            <dd>
              <Keys keys={keys} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
