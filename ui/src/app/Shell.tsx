import { useCallback, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { Citation, Me } from "../api/types";
import { DropVeil } from "../features/files/DropVeil";
import { add, forgetUploads, revive } from "../features/files/uploads";
import { useIncoming } from "../features/files/useIncoming";
import type { Passage } from "../features/passages/PassagePane";
import { Announcer } from "../ui/Announcer";
import { cx } from "../ui/cx";
import { useMedia } from "../ui/useMedia";
import { Canvas } from "./Canvas";
import { makeSession } from "./openSession";
import { Rail } from "./Rail";
import { addressOf, useRoute } from "./route";
import { SidePane } from "./SidePane";
import { strings } from "./strings";
import { type Drawer, useDrawer, usePaneKey } from "./useDrawer";
import { useScreen } from "./useScreen";

/** The three panes: sessions, the open one, its files. Narrow windows show the outer two as drawers. */
export function Shell({ me }: { me: Me }) {
  const [, navigate] = useLocation();
  const route = useRoute();
  const screen = useScreen(route, me);
  const railFits = useMedia("(min-width: 48rem)");
  const sideFits = useMedia("(min-width: 64rem)");
  const { drawer, show, close } = useDrawer(route, { sessions: railFits, files: sideFits });
  const [passage, setPassage] = useState<Passage | null>(null);
  const citedFrom = useRef<HTMLElement | null>(null);
  usePaneKey();

  const session = screen.kind === "session" ? screen.session : null;
  const id = session?.id ?? null;
  const writable = screen.kind === "draft" || (session !== null && !session.closed_at);
  const open = useCallback(
    (title: string) =>
      id !== null
        ? Promise.resolve(id)
        : makeSession(title, (made) => navigate(addressOf(made), { replace: true })),
    [id, navigate],
  );
  const take = (files: File[]) => writable && add(id, files, me.limits.file_bytes, open);
  const held = useIncoming(take);

  const known = useRef(me.user !== null);
  useEffect(() => {
    if (known.current) void revive();
    else forgetUploads();
  }, []);
  useEffect(() => setPassage(null), [id]);
  useEffect(() => {
    if (screen.kind === "recent") navigate(addressOf(screen.id), { replace: true });
  });

  const showPassage = useCallback(
    (shown: Passage) => {
      citedFrom.current = document.activeElement as HTMLElement | null;
      setPassage(shown);
      show("files");
    },
    [show],
  );
  const cite = useCallback(
    ({ document_id, document_name, corpus, chunk, number, quote }: Citation) =>
      id !== null &&
      showPassage({
        session: id,
        document: document_id,
        name: document_name,
        corpus: corpus ?? undefined,
        chunk,
        number,
        quote,
      }),
    [id, showPassage],
  );
  function leavePassage() {
    setPassage(null);
    if (!sideFits) close();
    const from = citedFrom.current;
    requestAnimationFrame(() => from?.isConnected && from.focus());
  }

  const sided = screen.kind === "draft" || screen.kind === "session";
  const shut = (name: Drawer) => drawer !== null && drawer !== name;
  return (
    <div
      className="flex h-dvh"
      data-state={session?.closed_at ? "closed" : screen.kind}
      data-session={id ?? undefined}
    >
      {writable && (
        <a
          href="#message"
          className="sr-only z-50 rounded-control bg-raised p-3 focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        >
          {strings.skip}
        </a>
      )}
      <Rail
        drawn={!railFits}
        shown={railFits || drawer === "sessions"}
        inert={shut("sessions")}
        known={me.user !== null}
        route={route}
        onClose={close}
        onRemoved={(gone) => gone === id && navigate("/s/new", { replace: true })}
        onRestored={(back) => navigate(addressOf(back))}
      />
      <Canvas
        me={me}
        screen={screen}
        writable={writable}
        inert={drawer !== null}
        open={open}
        onCite={cite}
        onFiles={take}
        onShowSessions={railFits ? undefined : () => show("sessions")}
        onShowFiles={sideFits || !sided ? undefined : () => show("files")}
      />
      {sided && (
        <SidePane
          drawn={!sideFits}
          shown={sideFits || drawer === "files"}
          inert={shut("files")}
          session={id}
          locked={!writable}
          passage={passage}
          onClose={passage ? leavePassage : close}
          onBack={leavePassage}
          onFiles={take}
          onPassage={showPassage}
        />
      )}
      {drawer !== null && (
        <div className={cx("enter fixed inset-0 z-20 bg-scrim")} onClick={passage ? leavePassage : close} />
      )}
      {held && writable && <DropVeil />}
      <Announcer />
    </div>
  );
}
