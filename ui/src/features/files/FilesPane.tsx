import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { corporaQuery } from "../../api/queries";
import type { StoredFile } from "../../api/types";
import { Icon } from "../../ui/Icon";
import { PlaceState } from "../../ui/State";
import { Tabs } from "../../ui/Tabs";
import { FileList } from "./FileList";
import { FilePanel } from "./FilePanel";
import { Gallery } from "./Gallery";
import { Lightbox } from "./Lightbox";
import { AddFiles } from "./Picker";
import { strings } from "./strings";
import { Trash } from "./Trash";

type View = "all" | "pictures" | "trash";

const VIEWS: { value: View; words: string }[] = [
  { value: "all", words: strings.all },
  { value: "pictures", words: strings.pictures },
  { value: "trash", words: strings.trash },
];

interface FilesPaneProps {
  /** Null while the session is a draft: it has no files. */
  session: string | null;
  /** The file whose details are shown in place of the list. */
  file: string | null;
  /** The session takes no writes. */
  locked: boolean;
  onAdd: (files: File[]) => void;
  onRead: (file: StoredFile) => void;
  onDetails: (file: StoredFile) => void;
  onBack: () => void;
}

/** The files of a session in three views, or one of them with all that is known of it. */
export function FilesPane(props: FilesPaneProps) {
  const { session, file, locked, onAdd, onRead, onDetails, onBack } = props;
  const [view, setView] = useState<View>("all");
  const [picture, setPicture] = useState<StoredFile | null>(null);

  if (session === null) {
    return (
      <div className="flex min-h-full flex-col gap-3 px-4 pb-4">
        <PlaceState icon="file" title={strings.empty} text={locked ? strings.closed : strings.emptyText}>
          {!locked && <AddFiles onFiles={onAdd} />}
        </PlaceState>
        <Shared />
      </div>
    );
  }

  /** Back to the picture in the gallery; where it is not, to what opened the viewer. */
  function closeViewer(last: StoredFile) {
    setPicture(null);
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`[data-picture="${last.id}"]`)?.focus());
  }

  return (
    <>
      {file !== null ? (
        <FilePanel
          key={file}
          session={session}
          id={file}
          locked={locked}
          onRead={onRead}
          onPicture={setPicture}
          onGone={onBack}
        />
      ) : (
        <div className="flex min-h-full flex-col gap-3 px-4 pb-4">
            <Tabs label={strings.views} value={view} choices={VIEWS} onChange={setView}>
              {view === "all" && (
                <FileList session={session} locked={locked} onAdd={onAdd} onDetails={onDetails} />
              )}
              {view === "pictures" && <Gallery session={session} onOpen={setPicture} />}
              {view === "trash" && <Trash session={session} locked={locked} />}
            </Tabs>
          <Shared />
        </div>
      )}
      {picture !== null && (
        <Lightbox
          session={session}
          first={picture}
          onDetails={(shown) => {
            setPicture(null);
            onDetails(shown);
          }}
          onClose={closeViewer}
        />
      )}
    </>
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
