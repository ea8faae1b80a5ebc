/** A few views of the same thing, one at a time. */
import { Tabs as RadixTabs } from "radix-ui";
import type { ReactNode } from "react";

export interface TabView {
  id: string;
  label: string;
  content: ReactNode;
}

export function Tabs({ label, views, initial }: { label: string; views: readonly TabView[]; initial?: string }) {
  return (
    <RadixTabs.Root className="tabs" defaultValue={initial ?? views[0]?.id ?? ""}>
      <RadixTabs.List className="tab-list" aria-label={label}>
        {views.map((view) => (
          <RadixTabs.Trigger key={view.id} value={view.id} className="tab">
            {view.label}
          </RadixTabs.Trigger>
        ))}
      </RadixTabs.List>
      {views.map((view) => (
        <RadixTabs.Content key={view.id} value={view.id} className="tab-content">
          {view.content}
        </RadixTabs.Content>
      ))}
    </RadixTabs.Root>
  );
}
