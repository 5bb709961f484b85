import { type FormEvent, useState } from "react";
import { asProblem } from "../../api/problem";
import type { Session } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { rename } from "./actions";
import { strings } from "./strings";

interface RenameDialogProps {
  session: Session;
  returnTo: HTMLElement | null;
  onClose: () => void;
}

export function RenameDialog({ session, returnTo, onClose }: RenameDialogProps) {
  const [title, setTitle] = useState(session.title);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState("");

  async function save(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    try {
      await rename(session, title.trim());
      onClose();
    } catch (thrown) {
      setWrong(asProblem(thrown).message);
      setBusy(false);
    }
  }

  return (
    <Dialog title={strings.renameTitle} returnTo={returnTo} onClose={onClose}>
      <form className="flex flex-col gap-4" onSubmit={(event) => void save(event)}>
        <label className="flex flex-col gap-1.5 text-small">
          <span className="text-muted">{strings.titleField}</span>
          <input
            autoFocus
            className="min-h-10 rounded-control border border-edge bg-canvas px-3 text-read"
            dir="auto"
            maxLength={300}
            value={title}
            onChange={(event) => setTitle(event.target.value)}
            onFocus={(event) => event.target.select()}
          />
        </label>
        {wrong && (
          <p role="alert" className="text-small text-danger">
            {wrong}
          </p>
        )}
        <DialogFoot>
          <Button onClick={onClose}>{strings.cancel}</Button>
          <Button tone="main" type="submit" disabled={busy || title.trim() === ""}>
            {strings.save}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
