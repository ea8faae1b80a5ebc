/** What the search of conversations understands: each operator can be put into the field. */
import { CircleQuestionMark } from "lucide-react";
import { useState } from "react";
import { text } from "@/lib/i18n";
import type { Folder, Shelves } from "@/lib/types";
import { IconButton } from "@/ui/button";
import { Popover } from "@/ui/popover";

export const OPERATORS = ["tag", "folder", "model", "persona", "before", "after", "has", "is"] as const;

/** Tags and folders that are offered by name. */
const OFFERED = 8;

export function SearchHelp({
  tags,
  folders,
  onInsert,
}: {
  tags: Shelves["tags"];
  folders: readonly Folder[];
  onInsert: (words: string) => void;
}) {
  const [open, setOpen] = useState(false);
  const put = (words: string) => {
    setOpen(false);
    onInsert(words);
  };
  const offered = [
    ...tags.slice(0, OFFERED).map(({ tag }) => `tag:${quoted(tag)}`),
    ...folders.slice(0, OFFERED).map(({ name }) => `folder:${quoted(name)}`),
  ];
  return (
    <Popover
      label={text.folders.operators}
      align="end"
      className="search-help"
      open={open}
      onOpenChange={setOpen}
      trigger={<IconButton icon={CircleQuestionMark} label={text.folders.operators} />}
    >
      <p className="field-hint">{text.folders.operatorsHint}</p>
      <dl>
        {OPERATORS.map((operator) => (
          <div key={operator} className="search-operator">
            <dt>
              <button type="button" className="button button-quiet" onClick={() => put(`${operator}:`)}>
                <code dir="ltr">{operator}:</code>
              </button>
            </dt>
            <dd>{text.folders.operator[operator]}</dd>
          </div>
        ))}
      </dl>
      {offered.length > 0 ? (
        <div className="search-offered">
          {offered.map((words) => (
            <button key={words} type="button" className="button button-quiet" onClick={() => put(`${words} `)}>
              <code dir="auto">{words}</code>
            </button>
          ))}
        </div>
      ) : undefined}
    </Popover>
  );
}

function quoted(name: string): string {
  return /\s/.test(name) ? `"${name}"` : name;
}
