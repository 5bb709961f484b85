import { useInfiniteQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { asProblem } from "../../api/problem";
import { filesQuery } from "../../api/queries";
import type { StoredFile } from "../../api/types";
import { Button } from "../../ui/Button";
import { sizeWords } from "../../ui/format";
import { keepFocus } from "../../ui/keepFocus";
import { ErrorState, PlaceState, Skeleton } from "../../ui/State";
import { FileRow } from "./FileRow";
import { AddFiles } from "./Picker";
import { strings } from "./strings";

interface FileListProps {
  session: string;
  locked: boolean;
  onAdd: (files: File[]) => void;
  onDetails: (file: StoredFile) => void;
}

/** All files of a session, in the order they came. */
export function FileList({ session, locked, onAdd, onDetails }: FileListProps) {
  const place = useRef<HTMLDivElement>(null);
  const list = useInfiniteQuery(filesQuery(session));
  const files = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.isPending) return <Skeleton label={strings.loading} />;
  if (list.isError && !list.data) {
    return (
      <ErrorState
        title={strings.failed}
        text={asProblem(list.error).message}
        onAgain={() => void list.refetch()}
      />
    );
  }
  if (files.length === 0) {
    return (
      <PlaceState icon="file" title={strings.empty} text={locked ? strings.closed : strings.emptyText}>
        {!locked && <AddFiles onFiles={onAdd} />}
      </PlaceState>
    );
  }
  return (
    <div ref={place} tabIndex={-1} className="flex flex-col gap-3 outline-none">
      <div className="flex items-center justify-between gap-2">
        <p className="text-note text-muted">
          {strings.summary(files.length, sizeWords(files.reduce((sum, file) => sum + file.size, 0)))}
        </p>
        {!locked && <AddFiles onFiles={onAdd} />}
      </div>
      <ul aria-label={strings.list} className="flex flex-col">
        {files.map((file) => (
          <FileRow
            key={file.id}
            session={session}
            file={file}
            locked={locked}
            onDetails={onDetails}
            onGone={() => keepFocus(place.current)}
          />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button tone="quiet" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {strings.more}
        </Button>
      )}
    </div>
  );
}
