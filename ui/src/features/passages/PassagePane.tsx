import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { asProblem } from "../../api/problem";
import { chunksQuery } from "../../api/queries";
import type { ChunkWindow } from "../../api/types";
import { Button } from "../../ui/Button";
import { cx } from "../../ui/cx";
import { Icon } from "../../ui/Icon";
import { placeWords } from "../../ui/place";
import { ErrorState, PlaceState, Skeleton } from "../../ui/State";
import { cutAtQuote } from "./quote";
import { strings } from "./strings";

/** A passage to show: a chunk of a session's file, or of a document of a corpus. */
export interface Passage {
  session: string;
  document: string;
  name: string;
  corpus: string | undefined;
  chunk: number;
  /** The number it is cited by, and the words quoted; absent when a file is merely read. */
  number?: number;
  quote?: string;
}

const AROUND = 1;
const STEP = 3;

export function PassagePane({ passage }: { passage: Passage }) {
  const [first, setFirst] = useState(Math.max(0, passage.chunk - AROUND));
  const [end, setEnd] = useState(passage.chunk + AROUND + (passage.number ? 1 : STEP));
  const read = useQuery({ ...chunksQuery(passage, first, end - first), placeholderData: keepPreviousData });
  return (
    <div className="flex flex-col gap-2 px-4 pb-6">
      <div className="sticky top-0 z-10 flex flex-col gap-1 bg-rail pb-2">
        <p dir="auto" className="font-strong text-small [overflow-wrap:anywhere]">
          {passage.name}
        </p>
        <p className="flex items-center gap-1.5 text-note text-muted">
          <Icon small name={passage.corpus ? "shelf" : "file"} />
          {passage.corpus ? strings.corpus(passage.corpus) : strings.sessionFile}
        </p>
      </div>
      {read.data ? (
        <Window
          passage={passage}
          read={read.data}
          onEarlier={first > 0 ? () => setFirst(Math.max(0, first - STEP)) : undefined}
          onLater={end < read.data.document.chunks ? () => setEnd(end + STEP) : undefined}
        />
      ) : read.isError ? (
        <Trouble passage={passage} error={read.error} onAgain={() => void read.refetch()} />
      ) : (
        <Skeleton label={strings.loading} rows={6} />
      )}
    </div>
  );
}

interface WindowProps {
  passage: Passage;
  read: ChunkWindow;
  onEarlier: (() => void) | undefined;
  onLater: (() => void) | undefined;
}

function Window({ passage, read, onEarlier, onLater }: WindowProps) {
  const cited = useRef<HTMLElement>(null);
  useEffect(() => {
    void cited.current?.scrollIntoView({ block: "center" });
  }, []);
  return (
    <div className="flex flex-col gap-3">
      {onEarlier && (
        <Button tone="quiet" className="self-start" onClick={onEarlier}>
          {strings.earlier}
        </Button>
      )}
      <ol aria-label={strings.passages(read.document.name)} className="flex flex-col gap-3">
        {read.items.map((chunk) => {
          const here = passage.number !== undefined && chunk.number === passage.chunk;
          const aside = passage.number !== undefined && !here;
          const [before, quoted, after] = here ? cutAtQuote(chunk.text, passage.quote) : [chunk.text, "", ""];
          return (
            <li
              key={chunk.number}
              aria-label={here ? strings.cited(passage.number!) : undefined}
              data-cited={here || undefined}
              className={here ? "rounded-card border bg-raised p-3" : cx("px-3", aside && "text-muted")}
            >
              <PlaceLine words={placeWords(chunk.place)} number={here ? passage.number : undefined} />
              <p
                dir="auto"
                className="text-small leading-relaxed whitespace-pre-wrap [overflow-wrap:anywhere]"
              >
                {before}
                {quoted && (
                  <mark ref={cited} className="rounded-[0.2em] bg-mark text-ink">
                    {quoted}
                  </mark>
                )}
                {after}
              </p>
            </li>
          );
        })}
      </ol>
      {onLater && (
        <Button tone="quiet" className="self-start" onClick={onLater}>
          {strings.later}
        </Button>
      )}
    </div>
  );
}

function PlaceLine({ words, number }: { words: string; number: number | undefined }) {
  if (!words && number === undefined) return null;
  return (
    <p className="mb-1 flex items-center gap-2 text-note text-muted">
      {number !== undefined && (
        <span className="rounded-[0.3125rem] bg-tint px-1.5 font-strong text-accent">{number}</span>
      )}
      {words}
    </p>
  );
}

interface TroubleProps {
  passage: Passage;
  error: Error;
  onAgain: () => void;
}

/** A deleted document still has its quote, kept in the answer. */
function Trouble({ passage, error, onAgain }: TroubleProps) {
  const problem = asProblem(error);
  if (problem.status !== 404 && problem.status !== 410) {
    return <ErrorState title={strings.failed} text={problem.message} onAgain={onAgain} />;
  }
  return (
    <>
      <PlaceState
        icon="file"
        title={strings.gone}
        text={passage.quote ? strings.goneText : strings.goneOnly}
      />
      {passage.quote && <blockquote className="border-s-3 ps-3 text-small">{passage.quote}</blockquote>}
    </>
  );
}
