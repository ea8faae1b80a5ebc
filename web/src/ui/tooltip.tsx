/** A short text on hover and focus; never the only place where something is said. */
import { Tooltip as RadixTooltip } from "radix-ui";
import type { ReactElement } from "react";
import { Keys } from "./keys";
import { useTooltipPlace } from "./overlay-place";

export const TooltipProvider = RadixTooltip.Provider;

export function Tooltip({ text, keys, children }: { text: string; keys?: string[]; children: ReactElement }) {
  const place = useTooltipPlace();
  return (
    <RadixTooltip.Root>
      <RadixTooltip.Trigger asChild>{children}</RadixTooltip.Trigger>
      <RadixTooltip.Portal {...place}>
        <RadixTooltip.Content className="tooltip" sideOffset={6} collisionPadding={8}>
          {text}
          {keys ? <Keys keys={keys} /> : undefined}
        </RadixTooltip.Content>
      </RadixTooltip.Portal>
    </RadixTooltip.Root>
  );
}
