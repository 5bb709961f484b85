import { fileAddress } from "../../api/calls";
import type { StoredFile } from "../../api/types";
import { IconButton, iconLook } from "../../ui/Button";
import { sizeWords } from "../../ui/format";
import { Icon, type IconName } from "../../ui/Icon";
import { kindWords } from "./kinds";
import { remove } from "./removal";
import { strings } from "./strings";
import { TextStatus } from "./TextStatus";
import { Thumbnail } from "./Thumbnail";
import { isZip } from "./unpacking";

interface FileRowProps {
  session: string;
  file: StoredFile;
  locked: boolean;
  onDetails: (file: StoredFile) => void;
  onGone: () => void;
}

export function FileRow({ session, file, locked, onDetails, onGone }: FileRowProps) {
  const drawing: IconName = isZip(file) ? "box" : "file";
  return (
    <li
      className="group -mx-2 flex items-start gap-2.5 rounded-control py-1.5 pr-1 pl-2 hover:bg-hover"
      data-text={file.text}
    >
      <span className="mt-0.5 flex size-9 shrink-0 items-center justify-center overflow-hidden rounded-control bg-hover text-muted">
        {file.picture ? (
          <Thumbnail session={session} file={file} px={64} alt="" className="size-full" />
        ) : (
          <Icon small name={drawing} />
        )}
      </span>
      <div className="min-w-0 flex-1">
        <button
          type="button"
          dir="auto"
          data-file={file.id}
          title={strings.details(file.name)}
          className="block min-h-6 max-w-full truncate rounded-control text-left text-small hover:underline hover:underline-offset-2"
          onClick={() => onDetails(file)}
        >
          {file.name}
        </button>
        <p className="truncate text-note text-muted">
          {kindWords(file)} · {sizeWords(file.size)}{" "}
          {!(file.picture && file.text === "none") && (
            <>
              · <TextStatus file={file} />
            </>
          )}
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
            small
            icon="bin"
            label={strings.remove(file.name)}
            onClick={() => {
              void remove(session, file);
              onGone();
            }}
          />
        )}
      </div>
    </li>
  );
}
