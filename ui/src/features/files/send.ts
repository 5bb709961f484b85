import { getFile } from "../../api/calls";
import { asProblem, Problem } from "../../api/problem";
import { createUpload, headUpload, patchUpload } from "../../api/tus";
import type { StoredFile } from "../../api/types";
import { strings } from "./strings";

/** What is lost at most when a line breaks off: a piece comes whole or not at all. */
const PIECE = 4_194_304;
const TRIES = 4;
const PAUSE_MS = 400;
const WRONG_CHECKSUM = 460;

interface Told {
  sent: (bytes: number) => void;
  /** The upload's id at the server, by which it can go on later. */
  remote: (upload: string) => void;
}

/**
 * Sends a file, from where it was broken off when it is known there as `remote`. An abort ends it with `AbortError`;
 * else it raises `Problem`, or a `DOMException` when the file cannot be read any more.
 */
export async function send(
  session: string,
  file: File,
  remote: string | null,
  told: Told,
  signal: AbortSignal,
): Promise<StoredFile> {
  let [upload, offset] = [remote, 0];
  if (upload !== null) {
    try {
      offset = await headUpload(session, upload, signal);
    } catch (thrown) {
      if (!(thrown instanceof Problem) || ![404, 410].includes(thrown.status)) throw thrown;
      upload = null;
    }
  }
  if (upload === null) {
    upload = await createUpload(session, file.name, file.size, signal);
    told.remote(upload);
  }
  for (let tries = 1; offset < file.size; tries++) {
    told.sent(offset);
    const begin = offset;
    const piece = file.slice(begin, begin + PIECE);
    try {
      offset = await patchUpload(session, upload, begin, piece, (sent) => told.sent(begin + sent), signal);
      tries = 0;
    } catch (thrown) {
      if (signal.aborted || !(thrown instanceof Problem)) throw thrown;
      const again = thrown.status === WRONG_CHECKSUM || (thrown.status === 409 && thrown.code === "conflict");
      if (!again || tries === TRIES) throw thrown;
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
      offset = await headUpload(session, upload, signal);
    }
  }
  return await getFile(session, upload);
}

/** What ended a sending, in words. A file that was moved or changed on the way looks like a lost connection at first. */
export async function whyEnded(thrown: unknown, file: File): Promise<Problem> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return new Problem(422, "unreadable", strings.unreadable);
  }
  return asProblem(thrown);
}
