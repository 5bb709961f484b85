import { useEffect, useRef, useState } from "react";
import { FilesPane } from "../features/files/FilesPane";
import { type Passage, PassagePane } from "../features/passages/PassagePane";
import { IconButton } from "../ui/Button";
import { cx } from "../ui/cx";
import { drawerLook } from "./drawerLook";
import { strings } from "./strings";

interface SidePaneProps {
  drawn: boolean;
  shown: boolean;
  inert: boolean;
  session: string | null;
  locked: boolean;
  passage: Passage | null;
  onClose: () => void;
  onBack: () => void;
  onFiles: (files: File[]) => void;
  onPassage: (passage: Passage) => void;
}

/** The files of the session, one of them, or a passage out of one. */
export function SidePane(props: SidePaneProps) {
  const { drawn, shown, inert, session, locked, passage, onClose, onBack, onFiles, onPassage } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  const [opened, setOpened] = useState<{ session: string; id: string } | null>(null);
  const file = opened?.session === session ? opened.id : null;
  const name = passage ? strings.passage : file ? strings.file : strings.files;
  const key = passage ? `${passage.document} ${passage.chunk} ${passage.number ?? ""}` : file;
  const leave = passage ? onBack : file ? leaveFile : undefined;

  useEffect(() => {
    if (key) heading.current?.focus();
  }, [key]);

  function leaveFile() {
    setOpened(null);
    requestAnimationFrame(() => {
      const row = document.querySelector<HTMLElement>(`[data-file="${file}"], [data-picture="${file}"]`);
      (row ?? heading.current)?.focus();
    });
  }

  return (
    <aside
      aria-label={name}
      tabIndex={-1}
      data-pane
      data-drawer="files"
      inert={inert || !shown}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !leave || drawn || event.defaultPrevented) return;
        if (document.querySelector("dialog[open]")) return;
        event.preventDefault();
        leave();
      }}
      className={cx(
        "flex w-80 shrink-0 flex-col bg-rail outline-none xl:w-88",
        drawn && drawerLook("right", shown),
      )}
    >
      <div className="flex h-14 shrink-0 items-center gap-1 pr-2 pl-4">
        {leave && <IconButton icon="left" label={strings.back} className="-ml-2" onClick={leave} />}
        <h2
          ref={heading}
          tabIndex={-1}
          className="min-w-0 flex-1 truncate text-small font-strong outline-none"
        >
          {name}
        </h2>
        {drawn && <IconButton icon="cross" label={strings.closePane} onClick={onClose} />}
      </div>
      <div tabIndex={passage ? 0 : undefined} className="min-h-0 flex-1 overflow-y-auto outline-none">
        {passage ? (
          <PassagePane key={key} passage={passage} />
        ) : (
          <FilesPane
            session={session}
            file={file}
            locked={locked}
            onAdd={onFiles}
            onRead={({ id, name }) =>
              session !== null && onPassage({ session, document: id, name, corpus: undefined, chunk: 0 })
            }
            onDetails={({ id }) => session !== null && setOpened({ session, id })}
            onBack={leaveFile}
          />
        )}
      </div>
    </aside>
  );
}
