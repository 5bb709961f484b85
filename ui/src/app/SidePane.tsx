import { useEffect, useRef } from "react";
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

/** The files of the session, or a passage out of one. */
export function SidePane(props: SidePaneProps) {
  const { drawn, shown, inert, session, locked, passage, onClose, onBack, onFiles, onPassage } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  const name = passage ? strings.passage : strings.files;
  const key = passage && `${passage.document} ${passage.chunk} ${passage.number ?? ""}`;

  useEffect(() => {
    if (key) heading.current?.focus();
  }, [key]);

  return (
    <aside
      aria-label={name}
      tabIndex={-1}
      data-pane
      data-drawer="files"
      inert={inert || !shown}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !passage || drawn || event.defaultPrevented) return;
        event.preventDefault();
        onBack();
      }}
      className={cx(
        "flex w-80 shrink-0 flex-col bg-rail outline-none xl:w-88",
        drawn && drawerLook("right", shown),
      )}
    >
      <div className="flex h-14 shrink-0 items-center gap-1 pr-2 pl-4">
        {passage && <IconButton icon="left" label={strings.back} className="-ml-2" onClick={onBack} />}
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
            locked={locked}
            onAdd={onFiles}
            onShow={(file) =>
              session !== null &&
              onPassage({ session, document: file.id, name: file.name, corpus: undefined, chunk: 0 })
            }
          />
        )}
      </div>
    </aside>
  );
}
