import type { Entry, Refused } from "../../api/types";
import { Button } from "../../ui/Button";
import { Dialog, DialogFoot } from "../../ui/Dialog";
import { sizeWords } from "../../ui/format";
import { Icon, type IconName } from "../../ui/Icon";
import { strings } from "./strings";
import { keptOf, refusedOf, unpack, type Unpacking } from "./unpacking";

const MOST = 300;

interface UnpackReportProps {
  unpacking: Unpacking;
  onClose: () => void;
}

/** What became of every entry of an archive; of a refused one, why. */
export function UnpackReport({ unpacking, onClose }: UnpackReportProps) {
  const { session, archive, unpacked, problem } = unpacking;
  const entries: (Entry | Refused)[] = unpacked?.entries ?? problem?.entries ?? [];
  const told = [...entries].sort((one, other) => Number(!one.problem) - Number(!other.problem)).slice(0, MOST);
  return (
    <Dialog title={strings.reportNamed(archive.name)} onClose={onClose}>
      <div className="flex flex-col gap-2 text-small">
        {unpacked && <p>{strings.outcome(keptOf(unpacked), refusedOf(unpacked))}</p>}
        {problem && (
          <>
            {entries.length === 0 ? (
              <p className="flex gap-2">
                <span className="mt-0.5 text-danger">
                  <Icon small name="alert" />
                </span>
                {strings.reasons[problem.reason || problem.code] ?? problem.message}
              </p>
            ) : (
              <p>{strings.othersTitle(entries.length)}</p>
            )}
            <p className="text-muted">{strings.nothingKept}</p>
          </>
        )}
      </div>
      {told.length > 0 && (
        <ul
          aria-label={strings.entries}
          tabIndex={0}
          className="-mx-2 flex max-h-[45dvh] flex-col overflow-y-auto rounded-control px-2 text-small"
        >
          {told.map((entry, place) => (
            <EntryRow key={place} entry={entry} />
          ))}
          {entries.length > MOST && (
            <li className="py-1 text-muted">{strings.moreEntries(entries.length - MOST)}</li>
          )}
        </ul>
      )}
      <DialogFoot>
        {problem && entries.length > 0 && (
          <Button
            onClick={() => {
              onClose();
              void unpack(session, archive, true);
            }}
          >
            {strings.keepOthers}
          </Button>
        )}
        <Button autoFocus tone="main" onClick={onClose}>
          {strings.close}
        </Button>
      </DialogFoot>
    </Dialog>
  );
}

function EntryRow({ entry }: { entry: Entry | Refused }) {
  const kept = "file" in entry && entry.file !== null;
  const outcome = kept ? strings.keptEntry : entry.problem ? strings.refusedEntry : strings.passedOver;
  const drawing: IconName = kept ? "check" : entry.problem ? "alert" : "file";
  const why = entry.problem ? (strings.reasons[entry.problem] ?? entry.detail) : entry.detail;
  return (
    <li className="flex gap-2 py-1">
      <span
        role="img"
        aria-label={outcome}
        title={outcome}
        className={kept ? "mt-0.5 text-accent" : entry.problem ? "mt-0.5 text-danger" : "mt-0.5 text-muted"}
      >
        <Icon small name={drawing} />
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline justify-between gap-2">
          <bdi className="min-w-0 [overflow-wrap:anywhere]">{entry.name}</bdi>
          <span className="shrink-0 text-note text-muted tabular-nums">{sizeWords(entry.size)}</span>
        </p>
        {!kept && why && <p className="text-note text-muted">{why}</p>}
      </div>
    </li>
  );
}
