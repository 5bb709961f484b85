import { useInfiniteQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { asProblem } from "../../api/problem";
import { trashQuery } from "../../api/queries";
import type { StoredFile } from "../../api/types";
import { Button, IconButton } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { dateWords, sizeWords } from "../../ui/format";
import { keepFocus } from "../../ui/keepFocus";
import { ErrorState, PlaceState, Skeleton } from "../../ui/State";
import { kindWords } from "./kinds";
import { erase, restore } from "./removal";
import { strings } from "./strings";

interface TrashProps {
  session: string;
  locked: boolean;
}

/** The files that were deleted: to be restored, or erased for good. */
export function Trash({ session, locked }: TrashProps) {
  const place = useRef<HTMLDivElement>(null);
  const list = useInfiniteQuery(trashQuery(session));
  const files = list.data?.pages.flatMap((page) => page.items) ?? [];
  const gone = () => keepFocus(place.current);
  if (list.isPending) return <Skeleton label={strings.loading} />;
  if (list.isError && !list.data) {
    return (
      <ErrorState
        title={strings.trashFailed}
        text={asProblem(list.error).message}
        onAgain={() => void list.refetch()}
      />
    );
  }
  return (
    <div ref={place} tabIndex={-1} className="flex flex-1 flex-col gap-3 outline-none">
      {files.length === 0 ? (
        <PlaceState icon="bin" title={strings.noTrash} text={strings.noTrashText} />
      ) : (
        <>
          <p className="text-note text-muted">{strings.trashNote}</p>
          <ul aria-label={strings.trashList} className="flex flex-col">
            {files.map((file) => (
              <TrashRow key={file.id} session={session} file={file} locked={locked} onGone={gone} />
            ))}
          </ul>
        </>
      )}
      {list.hasNextPage && (
        <Button tone="quiet" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {strings.more}
        </Button>
      )}
    </div>
  );
}

interface TrashRowProps extends TrashProps {
  file: StoredFile;
  onGone: () => void;
}

function TrashRow({ session, file, locked, onGone }: TrashRowProps) {
  const bin = useRef<HTMLButtonElement>(null);
  const [asking, setAsking] = useState(false);
  return (
    <li className="-mx-2 flex items-start gap-1 rounded-control py-1.5 pr-1 pl-2 hover:bg-hover">
      <div className="min-w-0 flex-1">
        <p dir="auto" title={file.name} className="truncate text-small">
          {file.name}
        </p>
        <p className="text-note text-muted">
          {kindWords(file)} · {sizeWords(file.size)}
          {file.deleted_at && ` · ${strings.deletedAt(dateWords(file.deleted_at))}`}
        </p>
      </div>
      {!locked && (
        <div className="flex shrink-0">
          <IconButton
            small
            icon="undo"
            label={strings.restore(file.name)}
            onClick={() => void restore(session, file).then(onGone)}
          />
          <IconButton
            ref={bin}
            small
            icon="bin"
            label={strings.erase(file.name)}
            onClick={() => setAsking(true)}
          />
        </div>
      )}
      {asking && (
        <Dialog title={strings.eraseTitle} returnTo={bin.current} onClose={() => setAsking(false)}>
          <p className="text-small text-muted [overflow-wrap:anywhere]">{strings.eraseText(file.name)}</p>
          <DialogFoot>
            <Button autoFocus onClick={() => setAsking(false)}>
              {strings.cancel}
            </Button>
            <Button
              tone="danger"
              onClick={() => {
                setAsking(false);
                void erase(session, file).then(onGone);
              }}
            >
              {strings.eraseNow}
            </Button>
          </DialogFoot>
        </Dialog>
      )}
    </li>
  );
}
