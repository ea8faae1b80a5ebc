/** The models of a route in tiers and order, with their shares where those count. */
import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { text } from "@/lib/i18n";
import { Button, IconButton } from "@/ui/button";
import { OrderList } from "@/ui/order-list";
import { percentsOf, TIERS, usesShares, type Draft, type Member } from "../draft";

export interface MembersFieldProps {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
  /** Everything that can be asked. */
  known: readonly string[];
  error: string | undefined;
}

export function MembersField({ draft, onChange, known, error }: MembersFieldProps) {
  const { members } = draft;
  const shared = usesShares(draft);
  const percents = percentsOf(members.filter(({ group }) => group === "primary").map(({ share }) => share));
  const change = (id: string, part: Partial<Member>) =>
    onChange({ members: members.map((member) => (member.id === id ? { ...member, ...part } : member)) });
  return (
    <div className="field">
      <p className="field-label">{text.routes.order}</p>
      <OrderList
        label={text.routes.order}
        groups={TIERS.map((tier) => ({ id: tier, label: text.routing.tier(tier), hint: text.routes.tierHint(tier) }))}
        items={members}
        onChange={(next) => onChange({ members: next })}
        words={text.routes.orderWords}
        render={(member) => (
          <>
            <span className="route-member-name">{member.id}</span>
            {shared ? (
              <span className="route-share numeric">
                <input
                  type="number"
                  className="input"
                  aria-label={text.routes.share(member.id)}
                  min={0}
                  max={1000}
                  value={Number.isNaN(member.share) ? "" : member.share}
                  required
                  onChange={(event) => change(member.id, { share: event.target.valueAsNumber })}
                />
                {member.group === "primary" ? (
                  <span className="field-hint">
                    {text.routes.shareNote(
                      percents[members.filter(({ group }) => group === "primary").indexOf(member)] ?? 0,
                    )}
                  </span>
                ) : undefined}
              </span>
            ) : undefined}
            <IconButton
              icon={X}
              size="small"
              label={text.routes.takeOut(member.id)}
              onClick={() => onChange({ members: members.filter(({ id }) => id !== member.id) })}
            />
          </>
        )}
      />
      <AddMember
        known={known.filter((id) => !members.some((member) => member.id === id))}
        isThere={(id) => members.some((member) => member.id === id)}
        onAdd={(id) => onChange({ members: [...members, { id, group: "primary", share: 1 }] })}
      />
      {error ? (
        <p className="field-error" role="alert">
          {error}
        </p>
      ) : undefined}
    </div>
  );
}

interface AddMemberProps {
  known: readonly string[];
  isThere: (id: string) => boolean;
  onAdd: (id: string) => void;
}

function AddMember({ known, isThere, onAdd }: AddMemberProps) {
  const id = useId();
  const [typed, setTyped] = useState("");
  const name = typed.trim();
  const there = name !== "" && isThere(name);
  const add = () => {
    if (name === "" || there) return;
    onAdd(name);
    setTyped("");
  };
  return (
    <>
      <div className="route-add">
        <input
          className="input"
          aria-label={text.routes.add}
          aria-describedby={`${id}-hint`}
          placeholder={text.routes.addPlaceholder}
          list={`${id}-known`}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
        <datalist id={`${id}-known`}>
          {known.map((model) => (
            <option key={model}>{model}</option>
          ))}
        </datalist>
        <Button icon={Plus} onClick={add} disabled={name === "" || there}>
          {text.routes.addButton}
        </Button>
      </div>
      <p id={`${id}-hint`} className="field-hint">
        {there ? text.routes.alreadyThere : text.routes.addHint}
      </p>
    </>
  );
}
