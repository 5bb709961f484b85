import { refreshFiles } from "../../api/cache";
import { asProblem, type Problem } from "../../api/problem";
import { Store } from "../../api/store";
import type { StoredFile, Unpacked } from "../../api/types";
import { unpackFile } from "../../api/unpackFile";
import { announce } from "../../ui/Announcer";
import { strings } from "./strings";

/** An archive that may be taken apart, is being, or was. */
export interface Unpacking {
  session: string;
  archive: StoredFile;
  state: "offered" | "going" | "done" | "refused";
  /** How far it is, once that is known. */
  progress: { entries: number; total: number; bytes: number } | null;
  unpacked: Unpacked | null;
  problem: Problem | null;
  abort: AbortController;
}

/** When to look again whether the server has cleared away what it had kept: it does not say. */
const CLEARED_MS = [1000, 3000, 9000];

export const unpackings = new Store<Unpacking[]>([]);

export const isZip = (file: StoredFile) => file.media_type === "application/zip";

function change(id: string, part: Partial<Unpacking>): void {
  unpackings.set(
    unpackings.get().map((unpacking) => (unpacking.archive.id === id ? { ...unpacking, ...part } : unpacking)),
  );
}

/** Offers to unpack a file that just came, if it is a ZIP. */
export function offer(session: string, archive: StoredFile): void {
  if (isZip(archive)) enter(session, archive);
}

function enter(session: string, archive: StoredFile): void {
  const fresh: Unpacking = {
    session,
    archive,
    state: "offered",
    progress: null,
    unpacked: null,
    problem: null,
    abort: new AbortController(),
  };
  unpackings.set([...unpackings.get().filter((other) => other.archive.id !== archive.id), fresh]);
}

/** Takes an archive apart; with `partial` what is fit of it. Does nothing while it is being taken apart. */
export async function unpack(session: string, archive: StoredFile, partial = false): Promise<void> {
  const { id } = archive;
  if (unpackings.get().some((other) => other.archive.id === id && other.state === "going")) return;
  enter(session, archive);
  const { abort } = unpackings.get().at(-1)!;
  change(id, { state: "going" });
  try {
    for await (const event of unpackFile(session, id, partial, abort.signal)) {
      if (event.type === "progress") change(id, { progress: event });
      else {
        change(id, { state: "done", unpacked: event.unpacked });
        announce(strings.unpacked(archive.name, keptOf(event.unpacked)));
      }
    }
  } catch (thrown) {
    if (!abort.signal.aborted) change(id, { state: "refused", problem: asProblem(thrown) });
    else for (const moment of CLEARED_MS) setTimeout(() => refreshFiles(session), moment);
  }
  refreshFiles(session);
}

export function keptOf(unpacked: Unpacked): number {
  return unpacked.entries.filter((entry) => entry.file).length;
}

export function refusedOf(unpacked: Unpacked): number {
  return unpacked.entries.filter((entry) => entry.problem).length;
}

/** Stops it, and nothing is kept; or takes it out of sight. */
export function leave({ archive, abort }: Unpacking): void {
  abort.abort();
  unpackings.set(unpackings.get().filter((other) => other.archive.id !== archive.id));
}
