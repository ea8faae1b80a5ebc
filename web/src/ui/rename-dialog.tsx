/** Gives something another title. */
import { text } from "@/lib/i18n";
import { Button } from "./button";
import { Dialog } from "./dialog";
import { TextField } from "./field";

/** The longest that the server takes. */
const TITLE_LENGTH = 200;

export interface RenameDialogProps {
  open: boolean;
  /** What is done here. */
  heading: string;
  /** What it is called now. */
  title: string;
  busy: boolean;
  /** Takes the other title, which is not empty and has no space around it. */
  onRename: (title: string) => void;
  onClose: () => void;
}

export function RenameDialog({ open, heading, title, busy, onRename, onClose }: RenameDialogProps) {
  return (
    <Dialog open={open} onClose={onClose} title={heading} closeLabel={text.common.close}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = String(new FormData(event.currentTarget).get("title") ?? "").trim();
          if (typed !== "") onRename(typed);
        }}
      >
        <TextField
          label={text.common.newTitle}
          name="title"
          defaultValue={title}
          required
          maxLength={TITLE_LENGTH}
          autoFocus
        />
        <div className="dialog-actions">
          <Button tone="quiet" onClick={onClose}>
            {text.common.cancel}
          </Button>
          <Button tone="primary" type="submit" busy={busy}>
            {text.common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
