import { type ReactNode, useEffect, useRef } from "react";
import type { Citation, Me } from "../api/types";
import { AttachFiles } from "../features/files/Picker";
import { UploadTray } from "../features/files/UploadTray";
import { titleOf } from "../features/sessions/actions";
import { Composer } from "../features/thread/Composer";
import { Thread } from "../features/thread/Thread";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { Instead, NewSession } from "./Instead";
import { strings } from "./strings";
import type { Screen } from "./useScreen";

interface CanvasProps {
  me: Me;
  screen: Screen;
  writable: boolean;
  inert: boolean;
  open: (title: string) => Promise<string>;
  onCite: (citation: Citation) => void;
  onFiles: (files: File[]) => void;
  /** Absent where the pane stands beside the canvas. */
  onShowSessions: (() => void) | undefined;
  onShowFiles: (() => void) | undefined;
}

/** The middle of the page: the open session, or why there is none. */
export function Canvas(props: CanvasProps) {
  const { me, screen, writable, open, onCite, onFiles } = props;
  const session = screen.kind === "session" ? screen.session : null;
  const title = headingOf(screen);
  const field = useRef<HTMLTextAreaElement>(null);
  const drafting = screen.kind === "draft";

  useEffect(() => {
    document.title = title ? strings.pageTitle(title) : strings.name;
  }, [title]);
  useEffect(() => {
    if (drafting && matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, [drafting]);

  if (!session && !drafting) {
    return (
      <Frame {...props} title={null}>
        <Instead screen={screen} />
      </Frame>
    );
  }
  const id = session?.id ?? null;
  return (
    <Frame {...props} title={title} files={session?.file_count ?? 0}>
      <Thread
        session={id}
        answers={me.responder.title}
        hasFiles={(session?.file_count ?? 0) > 0}
        open={open}
        onCite={onCite}
      />
      <div className="mx-auto w-full max-w-[39rem] shrink-0 px-3 pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-4">
        {writable ? (
          <Composer
            ref={field}
            session={id}
            limit={me.limits.message_bytes}
            open={open}
            tray={<UploadTray session={id} onFiles={onFiles} />}
            lead={<AttachFiles onFiles={onFiles} />}
          />
        ) : (
          <div className="flex flex-wrap items-center justify-between gap-2 rounded-composer border bg-raised px-4 py-2.5 text-small">
            <p className="text-muted">{strings.closed}</p>
            <NewSession />
          </div>
        )}
      </div>
    </Frame>
  );
}

function headingOf(screen: Screen): string | null {
  if (screen.kind === "session") return titleOf(screen.session);
  return screen.kind === "draft" ? strings.newSession : null;
}

interface FrameProps extends CanvasProps {
  title: string | null;
  files?: number;
  children: ReactNode;
}

function Frame({ title, files = 0, inert, onShowSessions, onShowFiles, children }: FrameProps) {
  return (
    <main inert={inert} className="flex min-w-0 flex-1 flex-col">
      <header className="flex h-14 shrink-0 items-center gap-1 px-2 sm:px-4">
        {onShowSessions && <IconButton icon="panes" label={strings.showSessions} onClick={onShowSessions} />}
        {title !== null && (
          <h1 dir="auto" title={title} className="min-w-0 flex-1 truncate px-2 text-small font-strong">
            {title}
          </h1>
        )}
        {onShowFiles && (
          <button
            type="button"
            aria-label={strings.showFiles(files)}
            onClick={onShowFiles}
            className="ml-auto flex min-h-9 items-center gap-2 rounded-control px-2.5 text-small text-muted hover:bg-hover hover:text-ink"
          >
            <Icon name="file" />
            {files > 0 && <span className="tabular-nums">{files}</span>}
          </button>
        )}
      </header>
      {children}
    </main>
  );
}
