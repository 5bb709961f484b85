import { useRef, useState } from "react";
import { deleteFile, fileAddress } from "../../api/calls";
import { dropFile, refreshSession } from "../../api/cache";
import { asProblem } from "../../api/problem";
import type { StoredFile } from "../../api/types";
import { Button, IconButton, iconLook } from "../../ui/Button";
import { cx } from "../../ui/cx";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { sizeWords } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { Pulse } from "../../ui/Pulse";
import { toast } from "../../ui/Toasts";
import { kindWords } from "./kinds";
import { strings } from "./strings";

interface FileRowProps {
  session: string;
  file: StoredFile;
  locked: boolean;
  onShow: (file: StoredFile) => void;
  onGone: () => void;
}

export function FileRow({ session, file, locked, onShow, onGone }: FileRowProps) {
  const bin = useRef<HTMLButtonElement>(null);
  const [asking, setAsking] = useState(false);

  async function remove() {
    setAsking(false);
    try {
      await deleteFile(session, file.id);
      await dropFile(session, file.id);
      onGone();
      refreshSession(session);
    } catch (thrown) {
      toast(strings.notRemoved(asProblem(thrown).message));
    }
  }

  return (
    <li
      className="group -mx-2 flex items-start gap-1 rounded-control py-1.5 pr-1 pl-2 hover:bg-hover"
      data-text={file.text}
    >
      <div className="min-w-0 flex-1">
        <FileName file={file} onShow={onShow} />
        <p className="truncate text-note text-muted">
          {kindWords(file)} · {sizeWords(file.size)} <Status file={file} />
        </p>
        {file.problem && <p className="mt-0.5 text-note text-muted">{file.problem}</p>}
      </div>
      <div className="flex shrink-0">
        <a
          href={fileAddress(session, file.id)}
          download={file.name}
          aria-label={strings.download(file.name)}
          title={strings.download(file.name)}
          className={iconLook(true)}
        >
          <Icon small name="save" />
        </a>
        {!locked && (
          <IconButton
            ref={bin}
            small
            icon="bin"
            label={strings.remove(file.name)}
            onClick={() => setAsking(true)}
          />
        )}
      </div>
      {asking && (
        <Dialog title={strings.removeTitle} returnTo={bin.current} onClose={() => setAsking(false)}>
          <p className="text-small text-muted [overflow-wrap:anywhere]">{strings.removeText(file.name)}</p>
          <DialogFoot>
            <Button autoFocus onClick={() => setAsking(false)}>
              {strings.cancel}
            </Button>
            <Button tone="danger" onClick={() => void remove()}>
              {strings.removeNow}
            </Button>
          </DialogFoot>
        </Dialog>
      )}
    </li>
  );
}

function FileName({ file, onShow }: Pick<FileRowProps, "file" | "onShow">) {
  const look = "block max-w-full truncate text-left text-small";
  if (file.text !== "ready" || file.chunks === 0) {
    return (
      <p dir="auto" title={file.name} className={look}>
        {file.name}
      </p>
    );
  }
  return (
    <button
      type="button"
      dir="auto"
      title={strings.show(file.name)}
      className={cx(look, "min-h-6 rounded-control hover:underline hover:underline-offset-2")}
      onClick={() => onShow(file)}
    >
      {file.name}
    </button>
  );
}

function Status({ file }: { file: StoredFile }) {
  switch (file.text) {
    case "pending":
      return <Pulse>{strings.pending}</Pulse>;
    case "ready":
      return <>· {strings.ready(file.chunks)}</>;
    case "none":
      return <>· {strings.none}</>;
    case "failed":
      return <span className="text-danger">· {strings.unread}</span>;
  }
}
