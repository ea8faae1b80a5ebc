/** What is known of the person: a list, a time line, a map, a profile, and what may be done with all of it. */
import { getRouteApi } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useAddFact } from "@/lib/api/memory";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { TextAreaField } from "@/ui/field";
import { PageFrame } from "@/ui/page-frame";
import { Tabs } from "@/ui/tabs";
import { showToast } from "@/ui/toast";
import { Brain } from "lucide-react";
import { VIEWS, type MemorySearch, type View } from "../search";
import { KnownView } from "./known-view";
import { MapView } from "./map-view";
import { PrivacyView } from "./privacy-view";
import { ProfileView } from "./profile-view";
import { ScopeField } from "./scope-field";
import { TimeLineView } from "./time-line-view";
import "../memory.css";

const route = getRouteApi("/memory");
const NAMES: Record<View, string> = {
  known: text.memory.known,
  timeline: text.memory.timeLine,
  map: text.memory.map,
  profile: text.memory.profile,
  privacy: text.memory.privacy,
};

export function MemoryScreen() {
  const search = route.useSearch();
  const go = route.useNavigate();
  const [adding, setAdding] = useState(false);
  const change = (next: Partial<MemorySearch>) =>
    void go({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  const view = search.view ?? "known";
  const scope = search.scope ?? "user";
  const scopeField = (
    <ScopeField value={scope} onChange={(next) => change({ scope: next === "user" ? undefined : next })} />
  );
  const content: Record<View, ReactNode> = {
    known: <KnownView search={search} onChange={change} />,
    timeline: <TimeLineView />,
    map: (
      <>
        {scopeField}
        <MapView scope={scope} />
      </>
    ),
    profile: (
      <>
        {scopeField}
        <ProfileView scope={scope} />
      </>
    ),
    privacy: <PrivacyView />,
  };
  return (
    <PageFrame
      title={text.memory.title}
      lead={text.memory.lead}
      actions={
        <Button tone="primary" icon={Brain} onClick={() => setAdding(true)}>
          {text.memory.add}
        </Button>
      }
    >
      <Tabs
        label={text.memory.views}
        shown={view}
        onShow={(one) => change({ view: one === "known" ? undefined : (one as View) })}
        views={VIEWS.map((id) => ({ id, label: NAMES[id], content: content[id] }))}
      />
      {adding ? <AddDialog scope={scope} onClose={() => setAdding(false)} /> : undefined}
    </PageFrame>
  );
}

function AddDialog({ scope, onClose }: { scope: string; onClose: () => void }) {
  const add = useAddFact();
  const [typed, setTyped] = useState("");
  const [where, setWhere] = useState(scope);
  return (
    <Dialog open onClose={onClose} title={text.memory.add} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(
            { text: typed, scope: where },
            {
              onSuccess: ({ facts }) => {
                showToast({ text: text.memory.added(facts.length) });
                onClose();
              },
            },
          );
        }}
      >
        <TextAreaField
          label={text.memory.addLabel}
          hint={text.memory.addHint}
          rows={3}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <ScopeField value={where} onChange={setWhere} />
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button type="submit" tone="primary" busy={add.isPending} disabled={typed.trim() === ""}>
            {text.memory.remember}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
