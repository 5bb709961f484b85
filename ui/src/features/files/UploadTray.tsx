import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { filesQuery } from "../../api/queries";
import { useStore } from "../../api/store";
import { Button, IconButton } from "../../ui/Button";
import { sizeWords } from "../../ui/format";
import { Progress } from "../../ui/Progress";
import { Pulse } from "../../ui/Pulse";
import { lostQuery } from "./lost";
import { LostRow } from "./LostRow";
import { strings } from "./strings";
import { UnpackRow } from "./UnpackRow";
import { unpackings } from "./unpacking";
import { UploadRow } from "./UploadRow";
import { broken, cancel, isUnderWay, pause, resume, type Upload, uploads, wake } from "./uploads";

/** So many rows are drawn; the others follow as these end. */
const MOST = 40;
const ORDER = ["failed", "sending", "paused", "waiting", "kept"];

interface UploadTrayProps {
  session: string | null;
  onFiles: (files: File[]) => void;
}

/** The files of a session that are on their way, being unpacked, or being read. */
export function UploadTray({ session, onFiles }: UploadTrayProps) {
  const mine = useStore(uploads).filter((upload) => upload.session === session);
  const archives = useStore(unpackings).filter((unpacking) => unpacking.session === session);
  const known = useQuery({ ...lostQuery(session ?? ""), enabled: session !== null }).data ?? [];
  const lost = known.filter(({ id }) => !mine.some((upload) => upload.remote === id));
  const files = useInfiniteQuery({ ...filesQuery(session ?? ""), enabled: session !== null });
  const reading = (session === null ? [] : (files.data?.pages ?? []))
    .flatMap((page) => page.items)
    .filter((file) => file.text === "pending");
  const rows = mine
    .filter((upload) => upload.state !== "kept")
    .sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state));
  if (rows.length + archives.length + lost.length + reading.length === 0) return null;
  return (
    <div className="flex max-h-[44dvh] flex-col gap-2 overflow-y-auto px-4 pt-3 text-note">
      <Overall uploads={mine} />
      {rows.length + lost.length > 0 && (
        <ul aria-label={strings.uploads} className="flex max-h-[24dvh] shrink-0 flex-col gap-1.5 overflow-y-auto">
          {rows.slice(0, MOST).map((upload) => (
            <UploadRow key={upload.id} upload={upload} />
          ))}
          {rows.length > MOST && (
            <li className="text-muted">{strings.moreWaiting(rows.length - MOST)}</li>
          )}
          {lost.map((upload) => (
            <LostRow key={upload.id} session={session!} upload={upload} onFiles={onFiles} />
          ))}
        </ul>
      )}
      {archives.length > 0 && (
        <ul className="flex flex-col gap-2">
          {archives.map((unpacking) => (
            <UnpackRow key={unpacking.archive.id} unpacking={unpacking} />
          ))}
        </ul>
      )}
      {reading.length > 0 && (
        <p className="flex">
          <Pulse>
            {reading.length === 1 ? strings.reading(reading[0]!.name) : strings.readingMany(reading.length)}
          </Pulse>
        </p>
      )}
    </div>
  );
}

/** All uploads of a session as one; silent for a single one that goes well. */
function Overall({ uploads: all }: { uploads: Upload[] }) {
  const cut = useStore(broken);
  const underWay = all.filter(isUnderWay);
  const failed = all.filter((upload) => upload.state === "failed");
  const kept = all.filter((upload) => upload.state === "kept");
  const waiting = cut && underWay.length > 0 && (
    <p role="status" className="flex items-center gap-2">
      <span className="flex-1">{strings.broken}</span>
      <Small onClick={wake}>{strings.tryNow}</Small>
    </p>
  );
  if (underWay.length === 0 && failed.length > 1) {
    return (
      <p role="status" className="flex items-center gap-2">
        <span className="flex-1">{strings.someFailed(kept.length, failed.length)}</span>
        <Small onClick={() => failed.forEach(cancel)}>{strings.dismissAll}</Small>
      </p>
    );
  }
  if (underWay.length + kept.length < 2 || underWay.length === 0) return waiting;
  const size = [...underWay, ...kept].reduce((sum, upload) => sum + upload.file.size, 0);
  const sent = [...underWay, ...kept].reduce((sum, upload) => sum + Math.min(upload.sent, upload.file.size), 0);
  const paused = underWay.every((upload) => upload.state === "paused");
  const count = underWay.length + kept.length;
  return (
    <div className="flex flex-col gap-1.5">
      <div className="flex items-center gap-2">
        <p className="min-w-0 flex-1 tabular-nums">
          <span className="font-strong">
            {paused ? strings.pausedAll(kept.length, count) : strings.uploading(kept.length, count)}
          </span>{" "}
          <span className="text-muted">{strings.ofSize(sizeWords(sent), sizeWords(size))}</span>
        </p>
        <span className="-mr-1 flex shrink-0 items-center">
          {paused ? (
            <Small onClick={() => underWay.forEach(resume)}>{strings.resumeAll}</Small>
          ) : (
            <Small onClick={() => underWay.forEach(pause)}>{strings.pauseAll}</Small>
          )}
          <IconButton small icon="cross" label={strings.stopAll} onClick={() => underWay.forEach(cancel)} />
        </span>
      </div>
      <Progress label={strings.overall} value={sent / Math.max(1, size)} />
      {waiting}
    </div>
  );
}

function Small({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <Button tone="quiet" className="min-h-7 shrink-0 px-2 text-note" onClick={onClick}>
      {children}
    </Button>
  );
}
