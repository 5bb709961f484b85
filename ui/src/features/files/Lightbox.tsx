import { useInfiniteQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { fileAddress, thumbnailAddress } from "../../api/calls";
import { imagesQuery } from "../../api/queries";
import type { StoredFile } from "../../api/types";
import { IconButton, iconLook } from "../../ui/Button";
import { cx } from "../../ui/cx";
import { sizeWords } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { strings } from "./strings";

const SWIPE = 48;
/** Of these the browser draws the original itself. */
const DRAWN = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;
const LARGE = 1024;
const HEAVY = 24_000_000;

interface LightboxProps {
  session: string;
  /** The picture it opens with. */
  first: StoredFile;
  onDetails: (file: StoredFile) => void;
  /** Hears which picture was shown last. */
  onClose: (last: StoredFile) => void;
}

/** One picture over the whole page; the arrow keys, Home and End go through those of the session. */
export function Lightbox({ session, first, onDetails, onClose }: LightboxProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const from = useRef<number | null>(null);
  const [shown, setShown] = useState(first.id);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery(imagesQuery(session));
  const listed = data?.pages.flatMap((page) => page.items) ?? [];
  const pictures = listed.some((file) => file.id === shown) ? listed : [first];
  const place = Math.max(0, pictures.findIndex((file) => file.id === shown));
  const file = pictures[place]!;

  useLayoutEffect(() => {
    const open = dialog.current!;
    open.showModal();
    return () => open.close();
  }, []);
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && place >= pictures.length - 3) void fetchNextPage();
  }, [place, pictures.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  function go(to: number) {
    const next = pictures[Math.min(pictures.length - 1, Math.max(0, to))]!;
    setShown(next.id);
  }

  function key(event: KeyboardEvent) {
    const places: Record<string, number> = {
      ArrowRight: place + 1,
      ArrowLeft: place - 1,
      Home: 0,
      End: pictures.length - 1,
    };
    const to = places[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    go(to);
  }

  function lift(event: PointerEvent) {
    const moved = event.clientX - (from.current ?? event.clientX);
    from.current = null;
    if (event.pointerType === "mouse" || Math.abs(moved) < SWIPE) return;
    go(place + (moved < 0 ? 1 : -1));
  }

  return (
    <dialog
      ref={dialog}
      aria-label={strings.viewer}
      onKeyDown={key}
      onCancel={(event) => {
        event.preventDefault();
        onClose(file);
      }}
      className="enter m-0 h-dvh max-h-none w-dvw max-w-none scheme-dark bg-rail text-ink open:flex open:flex-col"
    >
      <div className="flex min-h-14 shrink-0 items-center gap-1 pt-[env(safe-area-inset-top)] pr-2 pl-4">
        <div role="status" className="min-w-0 flex-1">
          <p dir="auto" className="truncate text-small font-strong">
            {file.name}
          </p>
          <p className="truncate text-note text-muted tabular-nums">
            {strings.position(place + 1, `${pictures.length}${hasNextPage ? "+" : ""}`)}
            {file.picture && ` · ${strings.dimensions(file.picture.width, file.picture.height)}`}
            {` · ${sizeWords(file.size)}`}
          </p>
        </div>
        <IconButton icon="info" label={strings.details(file.name)} onClick={() => onDetails(file)} />
        <a
          href={fileAddress(session, file.id)}
          download={file.name}
          aria-label={strings.download(file.name)}
          title={strings.download(file.name)}
          className={iconLook(false)}
        >
          <Icon name="save" />
        </a>
        <IconButton autoFocus icon="cross" label={strings.closeViewer} onClick={() => onClose(file)} />
      </div>
      <div
        className="relative m-2 mt-0 min-h-0 flex-1 touch-pan-y sm:mx-16"
        onPointerDown={(event) => (from.current = event.clientX)}
        onPointerUp={lift}
        onPointerCancel={() => (from.current = null)}
      >
        <Picture key={file.id} session={session} file={file} />
      </div>
      <Step side="left" label={strings.previous} disabled={place === 0} onClick={() => go(place - 1)} />
      <Step
        side="right"
        label={strings.next}
        disabled={place === pictures.length - 1}
        onClick={() => go(place + 1)}
      />
    </dialog>
  );
}

interface StepProps {
  side: "left" | "right";
  label: string;
  disabled: boolean;
  onClick: () => void;
}

/** Stays in reach at either end, so that the focus is not lost there. */
function Step({ side, label, disabled, onClick }: StepProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-disabled={disabled}
      onClick={onClick}
      className={cx(
        "absolute top-1/2 flex size-11 -translate-y-1/2 items-center justify-center rounded-full bg-raised/80 text-ink hover:bg-hover",
        "transition-colors duration-150 aria-disabled:opacity-30",
        side === "left" ? "left-2" : "right-2",
      )}
    >
      <Icon name={side} />
    </button>
  );
}

/** Never larger than it is. The small one comes first, at its full place; the original is laid over it when it is there. */
function Picture({ session, file }: { session: string; file: StoredFile }) {
  const [failed, setFailed] = useState(false);
  const [sharp, setSharp] = useState(false);
  const { width, height, frames } = file.picture ?? { width: LARGE, height: LARGE, frames: 1 };
  const original =
    DRAWN.test(file.media_type) && file.size < HEAVY && (frames > 1 || Math.max(width, height) > LARGE);
  const look = "absolute inset-0 m-auto size-full object-contain select-none";
  const most = { maxWidth: width, maxHeight: height };
  if (failed) {
    return (
      <p className="absolute inset-0 flex flex-col items-center justify-center gap-3 text-center text-small text-muted">
        <Icon name="picture" />
        {strings.noPreview}
      </p>
    );
  }
  return (
    <>
      <img
        src={thumbnailAddress(session, file.id, LARGE)}
        alt={file.name}
        draggable={false}
        className={look}
        style={most}
        onError={() => setFailed(true)}
      />
      {original && (
        <img
          src={fileAddress(session, file.id)}
          alt=""
          draggable={false}
          className={cx(look, !sharp && "opacity-0")}
          style={most}
          onLoad={() => setSharp(true)}
        />
      )}
    </>
  );
}
