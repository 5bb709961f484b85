import { useState } from "react";
import { Button, IconButton } from "../../ui/Button";
import { sizeWords } from "../../ui/format";
import { Icon } from "../../ui/Icon";
import { Progress } from "../../ui/Progress";
import { strings } from "./strings";
import { keptOf, leave, refusedOf, unpack, type Unpacking } from "./unpacking";
import { UnpackReport } from "./UnpackReport";

/** An archive that can be unpacked, how far that is, or what came of it. */
export function UnpackRow({ unpacking }: { unpacking: Unpacking }) {
  const [open, setOpen] = useState(false);
  const { session, archive, state, progress, unpacked } = unpacking;
  const refused = state === "refused";
  return (
    <li className="enter flex flex-col gap-1" data-unpacking={state}>
      <div className="flex items-center gap-2">
        <span className={refused ? "text-danger" : "text-muted"}>
          <Icon small name={refused ? "alert" : "box"} />
        </span>
        <p role={refused ? "alert" : undefined} className="min-w-0 flex-1 [overflow-wrap:anywhere]">
          {words(unpacking)}
        </p>
        <span className="-mr-1 flex shrink-0 items-center">
          {state === "offered" && (
            <Button tone="quiet" className="min-h-7 px-2 text-note" onClick={() => void unpack(session, archive)}>
              {strings.unpack}
            </Button>
          )}
          {(unpacked || refused) && (
            <Button tone="quiet" className="min-h-7 px-2 text-note" onClick={() => setOpen(true)}>
              {strings.report}
            </Button>
          )}
          <IconButton
            small
            icon="cross"
            label={state === "going" ? strings.stopUnpacking(archive.name) : strings.dismiss(archive.name)}
            onClick={() => leave(unpacking)}
          />
        </span>
      </div>
      {state === "going" && (
        <>
          <Progress
            label={strings.unpacking(archive.name)}
            value={progress ? progress.entries / Math.max(1, progress.total) : 0}
          />
          <p className="text-muted tabular-nums">
            {progress
              ? strings.unpackStep(progress.entries, progress.total, sizeWords(progress.bytes))
              : strings.looking}
          </p>
        </>
      )}
      {open && <UnpackReport unpacking={unpacking} onClose={() => setOpen(false)} />}
    </li>
  );
}

function words({ archive, state, unpacked }: Unpacking): string {
  if (unpacked) {
    const [kept, refused] = [keptOf(unpacked), refusedOf(unpacked)];
    return refused === 0
      ? strings.unpacked(archive.name, kept)
      : strings.unpackedPartly(archive.name, kept, refused);
  }
  if (state === "going") return strings.unpacking(archive.name);
  return state === "refused" ? strings.notUnpacked(archive.name) : strings.unpackAsk(archive.name);
}
