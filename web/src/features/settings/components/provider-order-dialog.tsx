/** Providers put into another order, which is the one that their models are listed and asked in. */
import { useState } from "react";
import { useOrderProviders } from "@/lib/api/providers";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { OrderList } from "@/ui/order-list";
import { showToast } from "@/ui/toast";

/** There is one group of them. */
const ALL = "all";

export function ProviderOrderDialog({ names, onClose }: { names: readonly string[]; onClose: () => void }) {
  const [items, setItems] = useState(() => names.map((id) => ({ id, group: ALL })));
  const order = useOrderProviders();
  const save = () => {
    const next = items.map(({ id }) => id);
    if (next.join("\n") === names.join("\n")) {
      onClose();
      return;
    }
    // As a promise, since this dialog may be gone before the answer comes; a refusal has its own message.
    void order.mutateAsync(next).then(
      () => {
        showToast({
          text: text.settings.providersOrdered,
          action: { label: text.common.undo, run: () => order.mutate([...names]) },
        });
        onClose();
      },
      () => undefined,
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.settings.orderProviders}
      description={text.settings.orderProvidersHint}
      closeLabel={text.common.close}
    >
      <div className="form">
        <OrderList
          label={text.settings.orderProviders}
          groups={[{ id: ALL, label: text.settings.sections.providers, hint: text.routes.addHint }]}
          items={items}
          onChange={setItems}
          words={text.routes.orderWords}
          render={({ id }) => <span className="provider-order-name">{id}</span>}
        />
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" busy={order.isPending} onClick={save}>
            {text.common.save}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
