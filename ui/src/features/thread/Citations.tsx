import { createContext, use } from "react";
import type { Citation } from "../../api/types";
import { Icon } from "../../ui/Icon";
import { placeWords } from "../../ui/place";
import { strings as words } from "../../ui/strings";
import { strings } from "./strings";

interface Cited {
  citations: Citation[];
  /** Words are still coming, and citations may follow them. */
  coming: boolean;
  open: (citation: Citation) => void;
}

export const CitedContext = createContext<Cited>({ citations: [], coming: false, open: () => undefined });

const badge =
  "inline-flex h-5 min-w-5 items-center justify-center rounded-[0.3125rem] px-1 text-note font-strong tabular-nums forced-colors:border";

/** The small numbered button in the words. A number without a citation stays what it was. */
export function Marker({ number }: { number: number }) {
  const { citations, coming, open } = use(CitedContext);
  const citation = citations.find((each) => each.number === number);
  if (!citation)
    return coming ? <span className={`${badge} mx-0.5 text-muted`}>{number}</span> : `[${number}]`;
  return (
    <button
      type="button"
      aria-label={strings.source(number, citation.document_name)}
      title={citation.document_name}
      className={`${badge} mx-0.5 bg-tint align-[0.05em] leading-none text-accent hover:bg-accent hover:text-on-accent`}
      onClick={() => open(citation)}
    >
      {number}
    </button>
  );
}

/** All passages an answer rests on, each with its origin. */
export function Sources() {
  const { citations, open } = use(CitedContext);
  if (citations.length === 0) return null;
  return (
    <ol aria-label={strings.sources} className="-mx-2 mt-2 flex flex-col">
      {citations.map((citation) => (
        <li key={`${citation.number} ${citation.document_id} ${citation.chunk}`} className="min-w-0">
          <SourceButton citation={citation} onOpen={() => open(citation)} />
        </li>
      ))}
    </ol>
  );
}

function SourceButton({ citation, onOpen }: { citation: Citation; onOpen: () => void }) {
  const place = placeWords(citation.place);
  return (
    <button
      type="button"
      className="flex min-h-8 w-full min-w-0 items-center gap-2 rounded-control px-2 text-left text-note hover:bg-hover"
      onClick={onOpen}
    >
      <span className={`${badge} shrink-0 bg-tint text-accent`}>{citation.number}</span>
      <span className="min-w-0 flex-1 truncate">
        <bdi>{citation.document_name}</bdi>
        {place && <span className="text-muted"> · {place}</span>}
      </span>
      <span className="flex max-w-[45%] shrink-0 items-center gap-1.5 text-muted">
        <Icon small name={citation.corpus ? "shelf" : "file"} />
        <span className="truncate">
          {citation.corpus ? words.sharedCorpus(citation.corpus) : words.fromSession}
        </span>
      </span>
    </button>
  );
}
