/** A few views of the same thing, one at a time. */
import { Tabs as RadixTabs } from "radix-ui";
import type { ReactNode } from "react";

export interface TabView {
  id: string;
  label: string;
  content: ReactNode;
}

export interface TabsProps {
  label: string;
  views: readonly TabView[];
  initial?: string;
  /** Which is shown, where somebody else keeps that. */
  shown?: string;
  onShow?: (id: string) => void;
}

export function Tabs({ label, views, initial, shown, onShow }: TabsProps) {
  const kept = shown === undefined ? { defaultValue: initial ?? views[0]?.id ?? "" } : { value: shown };
  return (
    <RadixTabs.Root className="tabs" {...kept} {...(onShow ? { onValueChange: onShow } : {})}>
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
