/** The handbook beside the screen, at what it says of that. */
import { BookOpenText } from "lucide-react";
import { useState } from "react";
import { text } from "@/lib/i18n";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { placeOf, type Place } from "../places";
import { Reader } from "./reader";

export interface HelpDialogProps {
  /** The address of the screen that help was asked for on. */
  pathname: string;
  onClose: () => void;
  onShortcuts: () => void;
  /** Opens a place on the screen of its own. */
  onScreen: (place: Place) => void;
}

export function HelpDialog({ pathname, onClose, onShortcuts, onScreen }: HelpDialogProps) {
  const [place, setPlace] = useState(() => placeOf(pathname));
  return (
    <Dialog
      open
      onClose={onClose}
      title={text.help.title}
      closeLabel={text.common.close}
      side="end"
      className="help-dialog"
    >
      <Reader place={place} layout="narrow" onGo={setPlace} onShortcuts={onShortcuts}>
        <Button icon={BookOpenText} onClick={() => onScreen(place)}>
          {text.help.asScreen}
        </Button>
      </Reader>
    </Dialog>
  );
}
