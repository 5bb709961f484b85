import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { asProblem } from "../../api/problem";
import { corporaQuery, filesQuery } from "../../api/queries";
import type { StoredFile } from "../../api/types";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { sizeWords } from "../../ui/format";
import { keepFocus } from "../../ui/keepFocus";
import { ErrorState, PlaceState, Skeleton } from "../../ui/State";
import { FileRow } from "./FileRow";
import { AddFiles } from "./Picker";
import { strings } from "./strings";

interface FilesPaneProps {
  /** Null while the session is a draft: it has no files. */
  session: string | null;
  /** The session takes no writes. */
  locked: boolean;
  onAdd: (files: File[]) => void;
  onShow: (file: StoredFile) => void;
}

export function FilesPane({ session, locked, onAdd, onShow }: FilesPaneProps) {
  const place = useRef<HTMLDivElement>(null);
  const list = useInfiniteQuery({ ...filesQuery(session ?? ""), enabled: session !== null });
  const files = session === null ? [] : (list.data?.pages.flatMap((page) => page.items) ?? []);

  function inside() {
    if (session !== null && list.isPending) return <Skeleton label={strings.loading} />;
    if (list.isError && !list.data) {
      return (
        <ErrorState
          title={strings.failed}
          text={asProblem(list.error).message}
          onAgain={() => void list.refetch()}
        />
      );
    }
    if (files.length === 0 || session === null) {
      return (
        <PlaceState icon="file" title={strings.empty} text={locked ? strings.closed : strings.emptyText}>
          {!locked && <AddFiles onFiles={onAdd} />}
        </PlaceState>
      );
    }
    return (
      <>
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
              onShow={onShow}
              onGone={() => keepFocus(place.current)}
            />
          ))}
        </ul>
        {list.hasNextPage && (
          <Button tone="quiet" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {strings.more}
          </Button>
        )}
      </>
    );
  }

  return (
    <div ref={place} tabIndex={-1} className="flex min-h-full flex-col gap-3 px-4 pb-4 outline-none">
      {inside()}
      <Shared />
    </div>
  );
}

/** The bodies of documents that everybody's answers draw on. Silent when there are none. */
function Shared() {
  const { data = [] } = useQuery(corporaQuery);
  if (data.length === 0) return null;
  return (
    <section className="mt-auto flex flex-col gap-1.5 border-t pt-3 text-note">
      <h3 className="text-muted">{strings.shared}</h3>
      <ul className="flex flex-col gap-1">
        {data.map((corpus) => (
          <li key={corpus.name} className="flex min-w-0 items-center gap-2">
            <span className="text-muted">
              <Icon small name="shelf" />
            </span>
            <span className="min-w-0 flex-1 truncate">{corpus.name}</span>
            <span className="shrink-0 text-muted">{strings.corpus(corpus.documents)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
